# A recipe is one line that calls a command in .venv, which scripts/with_venv.sh makes on first use.

# It works from any directory, and included: paths of its own start with $(here).
here := $(dir $(lastword $(MAKEFILE_LIST)))
included := $(filter-out 1,$(words $(MAKEFILE_LIST)))
goal_before := $(.DEFAULT_GOAL)

.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

# What make adds to the environment is not for the programs that a sweep runs.
in_venv = exec env $(addprefix -u ,$(of_make)) KSWEEP_MAKE=$(call quote,$(called)) sh $(here)scripts/with_venv.sh
of_make = MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES MAKE_TERMOUT MAKE_TERMERR
in_tools = cd $(here). && exec env $(addprefix -u ,$(of_make)) sh scripts/with_venv.sh dev
ksweep = $(in_venv) run ksweep
# So that a hint names what was typed; ksweep hands it to no program.
called = make$(patsubst %, -f %,$(filter-out GNUmakefile makefile Makefile,$(firstword $(MAKEFILE_LIST))))
Q = $(if $(filter-out 0,$(V)),,@)

# Only what was given is passed on: as one word and literally, whatever characters it has.
quote = '$(subst ','\'',$(1))'
given = $(if $(value $(1)),$(call quote,$(value $(1))))
option = $(if $(value $(1)),$(2) $(call quote,$(value $(1))))
range = $(call given,RANGE_CONFIG)
results = $(call given,RESULTS)
kconfig = $(call option,KCONFIG,--kconfig)
to = $(call option,CONFIG_DIR,-o)
into = $(call option,OUTPUT_DIR,--output-dir)
jobs = $(call option,JOBS,-j)
most = $(call option,MAX_RUNS,--max-runs)
trials = $(call option,TRIALS,--trials)
method = $(call option,METHOD,--method) $(trials)

sources = $(wildcard $(addprefix $(here),benchmarks examples ksweep scripts tests))
caches = $(addprefix $(here),build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .fuzz)

# Nor is what this make is told on its command line.
told = ARGS CONFIG_DIR DEFCONFIG JOBS KCONFIG MAX_RUNS METHOD OUTPUT_DIR PARALLEL RANGE_CONFIG RESULTS TRIALS V
unexport $(foreach name,$(told),$(if $(filter command,$(origin $(name))),$(name)))

help: ## lists every target
	@awk -F ':.*## ' '/^[a-z%_-]+:.*## / {printf "  %-18s %s\n", $$1, $$2} /^## / {print (/:$$/ ? "\n" : "") substr($$0, 4)}' $(here)Makefile

## The base configuration, .config:
menuconfig: ## edits .config in the terminal
	$(Q)$(ksweep) config menuconfig $(kconfig) $(ARGS)
oldconfig: ## updates .config and asks for new symbols
	$(Q)$(ksweep) config oldconfig $(kconfig) $(ARGS)
olddefconfig: ## updates .config with the defaults of new symbols
	$(Q)$(ksweep) config olddefconfig $(kconfig) $(ARGS)
defconfig: ## makes .config from defaults, or from DEFCONFIG=x
	$(Q)$(ksweep) config defconfig $(call given,DEFCONFIG) $(kconfig) $(ARGS)
%_defconfig: always ## makes .config from the file of that name in defconfigs/
	$(Q)$(ksweep) config defconfig $(call quote,$@) $(kconfig) $(ARGS)
savedefconfig: ## writes what differs from the defaults to the file defconfig
	$(Q)$(ksweep) config savedefconfig $(kconfig) $(ARGS)
list-defconfigs: ## lists the files that x_defconfig can name
	$(Q)$(ksweep) config list $(kconfig) $(ARGS)

## Sweeps, with RANGE_CONFIG=file:
sweep: ## generates, runs and analyzes RANGE_CONFIG
	$(Q)$(ksweep) sweep $(range) $(to) $(into) $(kconfig) $(method) $(jobs) $(most) $(ARGS)
sweep-parallel: ## the same with PARALLEL=4 trials at once
	$(Q)$(ksweep) sweep $(range) $(to) $(into) $(kconfig) $(method) $(or $(call option,PARALLEL,-j),$(jobs)) $(most) $(ARGS)
sweep-list: ## lists the range files in defconfigs/ with their numbers of configurations
	$(Q)$(ksweep) list $(kconfig) $(ARGS)
sweep-show: ## shows what RANGE_CONFIG would run; writes nothing
	$(Q)$(ksweep) show $(range) $(into) $(kconfig) $(method) $(jobs) $(ARGS)
sweep-generate: ## writes the configurations of RANGE_CONFIG to sweep_configs/
	$(Q)$(ksweep) generate $(range) $(to) $(kconfig) $(method) $(ARGS)
sweep-run: ## runs sweep_configs/ into a new directory in test_matrix_results/
	$(Q)$(ksweep) run --config-dir $(or $(call given,CONFIG_DIR),sweep_configs) $(into) $(trials) $(jobs) $(most) $(ARGS)
sweep-clean: ## removes sweep_configs/ only
	$(Q)$(ksweep) clean $(to) $(ARGS)

## Results, with RESULTS=dir (the latest without it):
sweep-resume: ## runs what an interrupted sweep has left
	$(Q)$(ksweep) resume $(results) $(call option,CONFIG_DIR,--config-dir) $(into) $(trials) $(jobs) $(most) $(ARGS)
sweep-status: ## counts the trials by state
	$(Q)$(ksweep) status $(results) $(into) $(ARGS)
sweep-watch: ## follows a running sweep
	$(Q)$(ksweep) watch $(results) $(into) $(ARGS)
sweep-leaderboard: ## lists the best configurations so far
	$(Q)$(ksweep) leaderboard $(results) $(into) $(ARGS)
sweep-analyze: ## writes the analysis again
	$(Q)$(ksweep) analyze $(results) $(into) $(ARGS)
sweep-report: ## writes report.html and plots/
	$(Q)$(ksweep) report $(results) $(into) $(ARGS)
sweep-dashboard: ## serves the report while a sweep runs; ARGS="--port 8000"
	$(Q)$(ksweep) dashboard $(results) $(into) $(ARGS)
sweep-compare: ## says what became of RESULTS in the sweeps that ARGS names
	$(Q)$(ksweep) compare $(results) $(into) $(ARGS)
sweep-refine: ## writes a finer range file around the best; ARGS="-o new-range"
	$(Q)$(ksweep) refine $(results) $(into) $(ARGS)

## Development:
check: lint test ## all that continuous integration checks
lint: ## style, format and types
	$(Q)$(in_tools) sh -c 'ruff check && ruff format --check && mypy'
test: ## the tests, with the coverage of branches; ARGS goes to pytest
	$(Q)$(in_tools) pytest --cov=ksweep $(ARGS)
chaos: ## faults, interleavings and kills, and what came of them; ARGS="--seed 1"
	$(Q)$(in_tools) sh -c 'cd tests && exec python -m chaos "$$@"' chaos $(ARGS)
fuzz: ## searches for inputs that are read badly, into .fuzz/; ARGS="--seconds 600"
	$(Q)$(in_tools) sh -c 'cd tests && exec python -m fuzz all "$$@"' fuzz $(ARGS)
bench: ## the benchmarks
	$(Q)$(in_tools) python -m benchmarks $(ARGS)
clean: $(if $(wildcard sweep_configs),sweep-clean) ## removes sweep_configs/ and caches; .config and results stay
	$(Q)rm -rf $(caches) && find $(sources) -name __pycache__ -prune -exec rm -rf {} +
mrproper: clean ## removes .config and .venv as well; results stay
	$(Q)rm -rf .config .config.old $(here).venv

## Variables, each for the targets that it makes sense for:
##   RANGE_CONFIG METHOD TRIALS JOBS PARALLEL MAX_RUNS RESULTS CONFIG_DIR OUTPUT_DIR KCONFIG
##   DEFCONFIG,
##   ARGS="options for the command", V=1 to see the commands, PYTHON=python3 to make .venv with

.PHONY: help menuconfig oldconfig olddefconfig defconfig savedefconfig list-defconfigs \
	sweep sweep-parallel sweep-list sweep-show sweep-generate sweep-run sweep-clean \
	sweep-resume sweep-status sweep-watch sweep-leaderboard sweep-analyze sweep-report \
	sweep-dashboard sweep-compare sweep-refine \
	check lint test chaos fuzz bench clean mrproper always

.DEFAULT_GOAL := $(if $(included),$(goal_before),help)
