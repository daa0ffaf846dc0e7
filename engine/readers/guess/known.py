"""Tables and JSON that are known to be about something else than process creation: named, so that nobody wonders.

To add one: what it is called and columns that only it has, lower case, letters and digits only. They come from the header
that the tool itself writes.
"""

from __future__ import annotations

from typing import NamedTuple


class Signature(NamedTuple):
    """All of `columns` together are found in nothing else."""

    words: str
    columns: frozenset[str]


def _known(words: str, columns: str) -> Signature:
    return Signature(words, frozenset(columns.split()))


WITHOUT_PARENTS = "a list of processes that does not tell their parents"

SIGNATURES = (
    # Eric Zimmerman's tools (their CSV headers)
    _known("a table of files (MFTECmd)", "entrynumber parententrynumber"),
    _known("a table of files (MFTECmd)", "entrynumber parentpath filename"),
    _known("changes of files (MFTECmd, $J)", "updatesequencenumber updatereasons"),
    _known("changes of files (UsnJrnl)", "usn reason fileattributes"),
    _known("programs known to Amcache (AmcacheParser)", "programid fullpath sha1"),
    _known("programs known to Amcache (AmcacheParser)", "applicationname programid"),
    _known("programs known to Amcache (AmcacheParser)", "filekeylastwritetimestamp"),
    _known("programs known to the ShimCache (AppCompatCacheParser)", "cacheentryposition lastmodifiedtimeutc"),
    _known("prefetch files (PECmd)", "executablename runcount"),
    _known("prefetch files (PECmd)", "runtime executablename"),
    _known("links to files (LECmd)", "sourcefile targetcreated localpath"),
    _known("jump lists (JLECmd)", "sourcefile appid destlistversion"),
    _known("shell bags (SBECmd)", "bagpath slot absolutepath"),
    _known("registry values (RECmd)", "hivepath keypath valuename"),
    _known("registry keys", "keypath lastwritetimestamp"),
    _known("deleted files (RBCmd)", "sourcename filetype filesize deletedon"),
    _known("use of resources (SrumECmd, SRUM)", "exeinfo sid appid"),
    _known("use of resources (SrumECmd, SRUM)", "foregroundcycletime backgroundcycletime"),
    _known("use of resources (SrumECmd, SRUM)", "interfaceluid bytesreceived bytessent"),
    _known("timeline of activities (WxTCmd)", "activitytype executable displaytext"),
    _known("user assist", "batchkeypath programname runcounter"),
    # Sysinternals
    _known("what starts by itself (Autoruns)", "entrylocation entry imagepath"),
    _known("what starts by itself (Autoruns)", "entrylocation launchstring"),
    _known("open files (lsof)", "command pid fd type"),
    _known("open handles (handle)", "process pid type handle name"),
    _known("modules of processes (listdlls)", "process pid base size path"),
    _known("signatures of files (sigcheck)", "path verified date publisher"),
    # Windows
    _known(f"{WITHOUT_PARENTS} (Get-Process)", "handles ws pm npm"),
    _known(f"{WITHOUT_PARENTS} (Get-Process)", "processname si workingset64"),
    _known(f"{WITHOUT_PARENTS} (tasklist)", "imagename pid sessionname memusage"),
    _known(f"{WITHOUT_PARENTS} (tasklist)", "imagename pid services"),
    _known(f"{WITHOUT_PARENTS} (tasklist)", "abbildname pid sitzungsname"),
    _known(f"{WITHOUT_PARENTS} (tasklist)", "nomdelimage pid nomdelasession"),
    _known(f"{WITHOUT_PARENTS} (tasklist)", "nombredeimagen pid nombredesesión"),
    _known("modules of processes (tasklist)", "imagename pid modules"),
    _known("services", "startmode pathname"),
    _known("services", "starttype displayname servicename"),
    _known("services", "displayname startmode state"),
    _known("services", "servicename displayname status"),
    _known("scheduled tasks", "taskname nextruntime"),
    _known("scheduled tasks", "taskname tasktorun"),
    _known("scheduled tasks", "taskpath taskname state"),
    _known("network connections", "localaddress localport remoteaddress remoteport"),
    _known("network connections", "laddr lport raddr"),
    _known("network connections", "localaddress foreignaddress"),
    _known("installed programs", "displayname displayversion"),
    _known("installed programs", "displayname publisher installdate"),
    _known("the firewall's rules", "displayname direction action profile"),
    # Timelines
    _known("a timeline (plaso, Timesketch)", "datetime timestampdesc"),
    _known("a timeline (plaso)", "date time timezone macb source sourcetype"),
    _known("a timeline (mactime)", "date size type mode meta filename"),
    _known("a timeline (bodyfile)", "md5 name inode atime mtime"),
    # Volatility
    _known("modules of processes (Volatility dlllist, ldrmodules)", "pid process base size name"),
    _known("network connections (Volatility netscan)", "offset proto localaddr foreignaddr"),
    _known("open handles (Volatility handles)", "pid process offset handlevalue"),
    _known("command lines without parents (Volatility cmdline)", "pid process args"),
    _known("services (Volatility svcscan)", "order pid start state type"),
    _known("injected memory (Volatility malfind)", "pid process startvpn endvpn"),
    _known("security ids of processes (Volatility getsids)", "pid process sid name"),
    _known("variables of processes (Volatility envars)", "pid process block variable value"),
    _known("privileges (Volatility privileges)", "pid process privilege attributes"),
    # Networks
    _known("network traffic (Zeek)", "uid idorigh idresph"),
    _known("network traffic (Suricata)", "eventtype flowid srcip"),
    _known("network traffic (Suricata)", "flowid inif eventtype"),
    _known("network flows", "srcaddr dstaddr srcport dstport"),
    _known("network flows", "sa da sp dp"),
    _known("packets (Wireshark)", "no time source destination protocol length"),
    _known("a proxy's log", "cip csmethod csuristem"),
    _known("the firewall's log", "date time action protocol srcip dstip"),
    # Clouds and containers
    _known("events of containers (docker)", "type action actorid"),
    _known("events of containers (docker)", "status id type action"),
    _known("containers (docker inspect)", "id created path args stateraw"),
    _known("containers (docker inspect)", "id created path args statepid"),
    _known("containers (podman ps)", "id imageid names command"),
    _known("containers (docker ps)", "id image names createdat"),
    _known("containers (docker inspect)", "hostconfigbinds configimage"),
    _known("output of containers (docker)", "log stream time"),
    _known("calls of an API (AWS CloudTrail)", "eventversion eventsource eventname"),
    _known("findings (AWS GuardDuty)", "schemaversion accountid servicedetectorid"),
    _known("calls of an API (Kubernetes audit)", "auditid stage verb"),
    _known("objects of Kubernetes", "apiversion kind metadataname"),
    _known("calls of an API (Google Cloud audit)", "logname protopayloadmethodname"),
    _known("operations of Azure", "operationname resourceid correlationid"),
    _known("sign-ins (Entra ID)", "userprincipalname appdisplayname"),
    _known("audit of Microsoft 365", "creationtime operation workload"),
    _known("audit of Microsoft 365", "creationdate userids operations auditdata"),
)


def known_as(plain: frozenset[str]) -> str:
    """What records with these columns (lower case, letters and digits only) are, "" where nobody knows."""
    return next((words for words, columns in SIGNATURES if columns <= plain), "")


_AGAINST = {
    "network connections": "remoteaddress remoteip remoteport remotehost remoteurl foreignaddress foreignport raddr rport "
    "laddr lport laddrip laddrport raddrip raddrport "
    "localport dstip dstport destip destport destinationip destinationport destinationaddress destinationhostname daddr dport "
    "sourceport srcport sport protocol proto bytessent bytesreceived bytesout bytesin connstate idresph idorigh serverport "
    "clientport peeraddress peerport",
    "DNS lookups": "query queryname dnsquery dnsqueryname dnsname queryresults queryresult answers qtype qtypename rcode rrname "
    "dnsrequest dnsresponse requestdomain",
    "web traffic": "url uri httpmethod useragent statuscode responsecode referer referrer sni",
    "files": "entrynumber parententrynumber isdirectory created0x10 lastmodified0x10 targetfilename updatereasons mftentry inode "
    "oldfilename newfilename previousfilename fileoperation fileaction timestampdesc macb mactime bodyfile atime mtime ctime "
    "filekeylastwritetimestamp deletedon originalpath fileattributes lastaccess lastmodified lastmodifiedtimeutc "
    "filemodifiedtime filecreationtime",
    "prefetch or traces of execution": "runcount lastrun lastruntime previousrun0 runtimes filesloaded volume0name "
    "cacheentryposition runcounter focuscount focustime foregroundcycletime lastexecuted executed",
    "the registry": "targetobject registrykey registrypath registrykeypath registryvalue registryvaluename registryvaluedata "
    "keypath hivepath valuename valuedata hive regkey",
    "services or drivers": "startmode starttype startuptype servicetype servicename displayname servicedll binarypathname "
    "loadstate activestate driverpath drivername unitfile",
    "what starts by itself": "entrylocation launchstring autostart startuplocation",
    "scheduled tasks": "taskname taskpath tasktorun nextruntime triggers scheduledtask",
    "modules that were loaded": "imageloaded modulepath modulename loadedmodule dllpath dllname modulefilepath "
    "baseaddress loadedimage loadaddress",
    "access between processes": "grantedaccess targetimage sourceimage startmodule startaddress calltrace desiredaccess",
    "handles and pipes": "handletype handlevalue handle pipename",
    "windows on a screen": "windowtitle",
    "counts and no single events": "count hits hitcount occurrences frequency prevalence devicecount hostcount numhosts",
    "installed programs": "displayversion installdate uninstallstring installlocation",
    "hits of rules or of an antivirus": "yararule threatname malwarename malwarefamily virusname signaturename detectionname "
    "iocvalue indicator tlp threat threatid virus malware",
    "crashes": "faultingmodule faultingmodulename exceptioncode",
}
AGAINST = {column: words for words, columns in _AGAINST.items() for column in columns.split()}
"""Column -> what a row in which it holds something is about, which is no process creation."""
