# The verbs one types daily; `just` alone lists them. Each is one or two lines that work without just, too.

python := ".venv/bin/python"
export OMP_NUM_THREADS := "1"

# What there is
default:
    @just --list

# Make the virtual environment, with everything that the checks need
setup:
    python3 -m venv .venv
    {{python}} -m pip install -q -e ".[dev]"

# Simulated fleet to CSV, offline
demo *options:
    .venv/bin/oddkin demo {{options}}

# The suite, or some of it: just test tests/engine/rules
test *arguments:
    {{python}} -m pytest {{arguments}}

# Lint, format, types, import contracts, and the contracts that are tests
check:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    .venv/bin/lint-imports
    {{python}} -m pytest -q tests/contracts

# Small faults, each of which some test has to notice (minutes)
mutants:
    {{python}} -m pytest -m mutants tests/mutants

# The pictures of the README
screenshots:
    {{python}} -m tests.screenshots docs/screenshots

# Rates, printed as tables; nothing is asserted as a time
bench *arguments:
    {{python}} -m pytest -m benchmark -n 0 -s {{arguments}}
