"""Tables and JSON that responders have beside process logs: headers as the tools write them, invented rows."""

from __future__ import annotations

OTHERS = {
    "what starts by itself, by WMI": '[{"Name":"upd","command":"C:\\\\upd.exe -q","Location":"HKLM","User":"LAB\\\\a"}]\n',
    "what starts by itself, by osquery": '[{"name":"upd","path":"C:\\\\upd.exe","source":"HKLM","username":"a"}]\n',
    "jobs": "id,name,user,command,status,started\n12,build,a,/usr/bin/make all,success,2024-05-02 10:00:00\n",
    "podman": '[{"Command":["nginx","-g"],"Created":1714644000,"Id":"a","Image":"nginx","ImageID":"x","Names":["w"],"Pid":632,'
    '"StartedAt":1714644000}]\n',
    "docker inspect": '[{"Id":"a","Created":"2024-05-02T10:00:00Z","Path":"/bin/nginx","Args":["-g"],"State":{"Pid":632}}]\n',
    "open files": "COMMAND   PID  PPID USER   FD   TYPE DEVICE SIZE/OFF NODE NAME\n"
    "nginx    632  400 root  txt    REG    8,1   12345   77 /usr/sbin/nginx\n",
    "osquery's sockets with processes": '[{"pid":"632","name":"x","path":"/usr/bin/x","parent":"400","cmdline":"x",'
    '"local_address":"10.0.0.4","remote_address":"203.0.113.9","remote_port":"443"}]\n',
    "files by PowerShell": "Mode,LastWriteTime,Length,Name,FullName\n-a----,5/2/2024,4,cmd.exe,C:\\Windows\\cmd.exe\n",
    "detections": "Date,Threat,File Path,Process,User\n2024-05-02,T.X,C:\\a\\x.exe,C:\\Windows\\explorer.exe,LAB\\a\n",
    "mftecmd": "EntryNumber,SequenceNumber,InUse,ParentEntryNumber,ParentPath,FileName,Extension,FileSize,Created0x10\n"
    "31,3,True,9,.\\Windows\\System32,cmd.exe,.exe,482,2024-05-02 09:58:11\n",
    "mftecmd without its first columns": "ParentPath,FileName,Extension,FileSize,IsDirectory,Created0x10,LastModified0x10\n"
    ".\\Windows\\System32,cmd.exe,.exe,482,False,2024-05-02 09:58:11,2024-05-02 09:58:11\n",
    "usn journal": "Name,Extension,EntryNumber,ParentEntryNumber,UpdateTimestamp,UpdateReasons,FileAttributes,SourceFile\n"
    "a.exe,.exe,31,9,2024-05-02 09:58:11,FileCreate,Archive,C:\\$J\n",
    "amcache": "ApplicationName,ProgramId,FileKeyLastWriteTimestamp,SHA1,IsOsComponent,FullPath,Name,FileExtension,LinkDate,"
    "Size\n"
    "Unassociated,0006,2024-05-02 09:58:11,aa,False,c:\\users\\a\\b.exe,b.exe,.exe,2020-01-01,99\n",
    "shimcache": "ControlSet,CacheEntryPosition,Path,LastModifiedTimeUTC,Executed,Duplicate,SourceFile\n"
    "1,0,C:\\Windows\\System32\\cmd.exe,2024-05-02 09:58:11,Yes,False,SYSTEM\n",
    "shimcache by another tool": "LastModified,LastUpdate,Path,FileSize,ExecFlag\n2024-05-02,N/A,C:\\Windows\\cmd.exe,N/A,True\n",
    "pecmd": "Note,SourceFilename,SourceCreated,SourceModified,ExecutableName,Hash,Size,Version,RunCount,LastRun,PreviousRun0\n"
    ",C:\\Windows\\Prefetch\\CMD.pf,2024-05-02,2024-05-02,CMD.EXE,AB,9,W10,4,2024-05-02 09:58:11,2024-05-01\n",
    "pecmd timeline": "RunTime,ExecutableName\n2024-05-02 09:58:11,\\VOLUME{01}\\WINDOWS\\SYSTEM32\\CMD.EXE\n",
    "lecmd": "SourceFile,SourceCreated,TargetCreated,TargetModified,FileSize,RelativePath,WorkingDirectory,Arguments,"
    "LocalPath,MachineID\n"
    "C:\\a.lnk,2024-05-02,2024-05-02,2024-05-02,9,..\\cmd.exe,C:\\Windows,/c x,C:\\Windows\\cmd.exe,ws1\n",
    "jlecmd": "SourceFile,SourceCreated,AppId,AppIdDescription,DestListVersion,LastUsedEntryNumber,Path,TargetCreated,"
    "LocalPath,Arguments\n"
    "C:\\a,2024-05-02,5d,Quick,4,3,C:\\x.exe,2024-05-02,C:\\x.exe,-a\n",
    "sbecmd": "BagPath,Slot,NodeSlot,MRUPosition,AbsolutePath,ShellType,Value,ChildBags,CreatedOn,ModifiedOn,AccessedOn\n"
    "BagMRU,1,2,0,Desktop\\C:\\tools,Directory,tools,0,2024-05-02,2024-05-02,2024-05-02\n",
    "recmd": "HivePath,HiveType,Description,Category,KeyPath,ValueName,ValueType,ValueData,LastWriteTimestamp\n"
    "C:\\SYSTEM,SYSTEM,Run,Autoruns,ROOT\\Run,upd,RegSz,C:\\Users\\a\\upd.exe -q,2024-05-02 09:58:11\n",
    "srum": "Id,Timestamp,ExeInfo,SidType,Sid,UserName,UserId,AppId,ForegroundCycleTime,BackgroundCycleTime\n"
    "1,2024-05-02 09:58:11,\\Device\\HarddiskVolume3\\Windows\\x.exe,LocalSystem,S-1-5-18,SYSTEM,3,77,12,13\n",
    "recycle bin": "SourceName,FileType,FileName,FileSize,DeletedOn\n$I1.exe,$I,C:\\Users\\a\\x.exe,9,2024-05-02 09:58:11\n",
    "user assist": "BatchKeyPath,BatchValueName,ProgramName,RunCounter,FocusCount,FocusTime,LastExecuted\n"
    "ROOT,x,C:\\Windows\\System32\\cmd.exe,3,4,0d,2024-05-02 09:58:11\n",
    "timeline of activities": "Id,ActivityTypeOrig,ActivityType,Executable,DisplayText,StartTime,EndTime,Payload\n"
    "1,5,ExecuteOpen,C:\\Windows\\cmd.exe,cmd,2024-05-02 09:58:11,2024-05-02 09:59:11,x\n",
    "autoruns": "Time,Entry Location,Entry,Enabled,Category,Profile,Description,Company,Image Path,Version,Launch String,MD5\n"
    "20240502-095811,HKLM\\Run,upd,enabled,Logon,System,-,-,c:\\users\\a\\upd.exe,1,upd.exe -q,aa\n",
    "handles": "Process,PID,User,Handle,Type,Share Flags,Name,Access\ncmd.exe,632,LAB\\a,40,File,RWD,C:\\Windows\\x.exe,0x1\n",
    "sigcheck": "Path,Verified,Date,Publisher,Company,Description,Product,MD5,SHA1\nc:\\a.exe,Unsigned,5/2/2024,n/a,n/a,n/a,"
    "n/a,aa,bb\n",
    "tcpview": "Process Name,Process ID,Protocol,State,Local Address,Local Port,Remote Address,Remote Port,Create Time,Module "
    "Name\n"
    "chrome.exe,4188,TCP,Established,10.0.0.1,5000,203.0.113.9,443,5/2/2024 10:00:00,chrome.exe\n",
    "listdlls": "Process,PID,Command Line,Base,Size,Path\ncmd.exe,632,cmd.exe /c "
    "x,0x7ff,0x1000,C:\\Windows\\System32\\ntdll.dll\n",
    "get-process": "Name,SI,Handles,VM,WS,PM,NPM,Path,Company,CPU,Id,StartTime\ncmd,1,33,99,99,99,9,C:\\Windows\\cmd.exe,MS,"
    "0.1,632,x\n",
    "tasklist": '"Image Name","PID","Session Name","Session#","Mem Usage","Status","User Name","CPU Time","Window Title"\n'
    '"cmd.exe","632","Console","1","4,352 K","Running","LAB\\a","0:00:00","Command Prompt"\n',
    "services by wmi": "Name,DisplayName,State,StartMode,PathName,ProcessId,StartName\nupd,Updater,Running,Auto,C:\\upd.exe "
    "-k,632,LocalSystem\n",
    "drivers": "Driver Name,Display Name,Driver Type,Start Mode,State,Path,Link "
    "Date\nx,X,Kernel,Boot,Running,C:\\Windows\\x.sys,2020\n",
    "scheduled tasks": "HostName,TaskName,Next Run Time,Status,Logon Mode,Last Run Time,Author,Task To Run,Start In,Run As User\n"
    "ws1,\\upd,N/A,Ready,Interactive,5/2/2024,a,C:\\upd.exe -q,N/A,SYSTEM\n",
    "netstat with programs": "Proto,Local Address,Foreign Address,State,PID,Process,ParentPID,Path\n"
    "TCP,10.0.0.1:5000,203.0.113.9:443,ESTABLISHED,632,cmd.exe,400,C:\\Windows\\cmd.exe\n",
    "firewall rules": "DisplayName,Direction,Action,Enabled,Profile,Program,Protocol,RemotePort\nx,Inbound,Allow,True,Any,"
    "C:\\a.exe,TCP,80\n",
    "firewall events": "Time,Process,PID,ParentPID,Direction,DestIP,DestPort\n2024-05-02 "
    "10:00:00,C:\\a.exe,632,400,out,203.0.113.9,443\n",
    "sysmon file events": "UtcTime,Computer,Image,ProcessId,TargetFilename,User\n2024-05-02 "
    "10:00:00,ws1,C:\\a.exe,632,C:\\b.exe,LAB\\a\n",
    "sysmon registry": "UtcTime,Image,ProcessId,ParentProcessId,EventType,TargetObject,Details\n"
    "2024-05-02 10:00:00,C:\\a.exe,632,400,SetValue,HKLM\\Run\\x,C:\\b.exe\n",
    "module loads": "time,host,process,pid,ppid,ImageLoaded,signed\n2024-05-02 10:00:00,ws1,C:\\a.exe,632,400,C:\\b.dll,false\n",
    "process access": "time,SourceImage,TargetImage,GrantedAccess,pid,ppid\n2024-05-02,C:\\a.exe,C:\\lsass.exe,0x1410,632,400\n",
    "hashes": "sha256,path,size\n00aa,C:\\Windows\\System32\\cmd.exe,99\n11bb,/usr/bin/id,98\n",
    "hash and name": "MD5,FileName\n00aa,cmd.exe\n11bb,id.exe\n",
    "iocs": "type,value,description,tlp\nfilename,upd.exe,dropper,amber\ndomain,bad.example,c2,amber\n",
    "users": "Name,Enabled,LastLogonDate,Description,SID\nmira.hollis,True,2024-05-02,accounts,S-1-5-21-1\n",
    "cmdb": "hostname,os,owner,location,serial,ip\nws1,Windows 11,mira.hollis,Berlin,A1,10.0.0.1\n",
    "groups": "Group,Member\nAdministrators,mira.hollis\nUsers,tom.adeyemi\n",
    "addresses": "Name,Address\nws1,10.0.0.1\nws2,10.0.0.2\n",
    "programs by count": "Image,ParentImage,Count\nC:\\a.exe,C:\\b.exe,12\nC:\\c.exe,C:\\b.exe,7\n",
    "installed programs": "DisplayName,DisplayVersion,Publisher,InstallDate,UninstallString\nX,1,Y,20240502,C:\\x\\unins.exe\n",
    "antivirus": "Time,Computer,ThreatName,Process,PID,Path,User,Action\n2024-05-02,ws1,Trojan:X,C:\\a.exe,632,C:\\b.exe,"
    "LAB\\a,Quarantine\n",
    "logons": "TimeCreated,Computer,EventID,TargetUserName,LogonType,IpAddress,WorkstationName,ProcessName\n"
    "2024-05-02 10:00:00,ws1,4624,mira.hollis,3,10.0.0.1,ws2,C:\\Windows\\lsass.exe\n",
    "mactime": "Date,Size,Type,Mode,UID,GID,Meta,File Name\n2024-05-02 10:00:00,99,m.c.,r/rrwxrwxrwx,0,0,31,/usr/bin/id\n",
    "l2tcsv": "date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra\n"
    "05/02/2024,10:00:00,UTC,M...,FILE,x,Content,-,ws1,a,b,2,C:\\a.exe,31,-,filestat,-\n",
    "volatility netscan": "TreeDepth,Offset,Proto,LocalAddr,LocalPort,ForeignAddr,ForeignPort,State,PID,Owner,Created\n"
    "0,0x1,TCPv4,10.0.0.1,5000,203.0.113.9,443,ESTABLISHED,632,cmd.exe,2024-05-02 10:00:00 UTC\n",
    "volatility dlllist": "TreeDepth,PID,Process,Base,Size,Name,Path,LoadTime,File output\n"
    "0,632,cmd.exe,0x7ff,0x1000,ntdll.dll,C:\\Windows\\ntdll.dll,2024-05-02 10:00:00 UTC,Disabled\n",
    "volatility cmdline": "TreeDepth,PID,Process,Args\n0,632,cmd.exe,cmd.exe /c x\n",
    "volatility malfind": "TreeDepth,PID,Process,Start VPN,End "
    "VPN,Tag,Protection,CommitCharge\n0,632,cmd.exe,0x1,0x2,VadS,RWX,1\n",
    "zeek conn": "ts,uid,id.orig_h,id.orig_p,id.resp_h,id.resp_p,proto,service,duration\n1714644000.1,C1,10.0.0.1,5000,"
    "203.0.113.9,443,tcp,ssl,1\n",
    "netflow": "ts,te,td,sa,da,sp,dp,pr,ipkt,ibyt\n2024-05-02 10:00:00,2024-05-02 "
    "10:00:01,1,10.0.0.1,203.0.113.9,5000,443,TCP,3,99\n",
    "wireshark": '"No.","Time","Source","Destination","Protocol","Length","Info"\n"1","0.0","10.0.0.1","203.0.113.9","TCP",'
    '"66","x"\n',
    "tags": '["production", "eu-west", "nginx"]\n["staging", "eu-west"]\n',
    "tags in a table": "id,tags\n1,\"['web', 'eu']\"\n2,\"['db', 'us']\"\n",
    "docker events": '{"Type":"container","Action":"exec_start: '
    'sh","Actor":{"ID":"c1","Attributes":{"image":"nginx"}},"time":1714644000}\n'
    '{"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"image":"nginx"}},"time":1714644001}\n',
    "docker logs": '{"log":"started /usr/bin/nginx\\n","stream":"stdout","time":"2024-05-02T10:00:00Z"}\n' * 2,
    "cloudtrail": '{"Records":[{"eventVersion":"1.08","eventSource":"ec2.amazonaws.com","eventName":"RunInstances",'
    '"sourceIPAddress":"203.0.113.9",'
    '"eventTime":"2024-05-02T10:00:00Z","requestParameters":{"imageId":"ami-1"}}]}',
    "guardduty": '{"schemaVersion":"2.0","accountId":"1","service":{"detectorId":"d","action":{}},"type":"Recon","severity":5}\n'
    * 2,
    "kubernetes audit": '{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete",'
    '"verb":"create","requestURI":"/api"}\n' * 2,
    "google audit": '{"logName":"projects/x","protoPayload":{"methodName":"v1.compute.insert"},'
    '"timestamp":"2024-05-02T10:00:00Z"}\n' * 2,
    "azure activity": '{"operationName":"Microsoft.Compute/write","resourceId":"/x","correlationId":"c",'
    '"time":"2024-05-02T10:00:00Z"}\n' * 2,
    "microsoft 365": '{"CreationTime":"2024-05-02T10:00:00","Operation":"UserLoggedIn","Workload":"AzureActiveDirectory",'
    '"UserId":"a","RecordType":15}\n' * 2,
    "suricata": '{"timestamp":"2024-05-02T10:00:00","flow_id":1,"event_type":"dns","src_ip":"10.0.0.1",'
    '"dest_ip":"203.0.113.9","dns":{"rrname":"a.example"}}\n' * 2,
    "zeek json": '{"ts":1714644000.1,"uid":"C1","id.orig_h":"10.0.0.1","id.resp_h":"203.0.113.9","query":"a.example"}\n' * 2,
    "application": '{"level":"info","msg":"started","time":"2024-05-02T10:00:00Z","pid":632,"hostname":"web-1"}\n' * 2,
    "connections by an agent": '{"time":1714644000,"pid":632,"ppid":400,"exe":"/usr/bin/curl","remote_ip":"203.0.113.9",'
    '"remote_port":443}\n' * 2,
    "dns by an agent": '{"time":1714644000,"process":{"pid":632,"ppid":400,"exe":"/usr/bin/curl"},"query":"a.example"}\n' * 2,
    "file events by an agent": '{"event":"file_write","pid":632,"ppid":400,"exe":"/usr/bin/vi","path":"/etc/passwd"}\n' * 2,
    "ends of processes": '{"event":"process_exit","pid":632,"ppid":400,"exe":"/usr/bin/vi","cmdline":"vi x"}\n' * 2,
    "package.json": '{"name":"x","version":"1.0","scripts":{"start":"node /usr/bin/x.js"},"bin":"./cli.js"}',
    "browser history": "url,title,visit_count,last_visit_time\nhttps://a.example,x,3,2024-05-02 10:00:00\n",
}
