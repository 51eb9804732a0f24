# The commands of the project; `make help` lists them. Every one works from a fresh clone as root on Debian 12 or later.

SHELL := /bin/sh
.DEFAULT_GOAL := help

export JAVA_HOME := $(shell .ci/find-jdk.sh)
MVN := mvn -B -ntp
TREE := cri-server/target/gantry
NO_UNIT_TESTS := -Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dgantry.shim-test.skip=true
# Bounded, for a build must not hang on what only makes it start faster.
TRAIN := timeout -k 30 180 e2e/src/test/sh/train-aot.sh
PRIVILEGED := isolation-linux,image-service,runtime-service,cri-server

.PHONY: help setup jdk build run test test-v2 test-systemd test-powercut check privileged e2e shim-test fuzz bench format clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the Debian packages that building and testing need
	@.ci/setup.sh

jdk:
	@test -n "$(JAVA_HOME)" || { .ci/find-jdk.sh --explain; exit 1; }

build: setup jdk ## build the runnable tree, cri-server/target/gantry, with its AOT caches
	$(MVN) -q -DskipTests -Dgantry.shim-test.skip=true -pl cri-server -am package
	@$(TRAIN) $(TREE) || echo "AOT caches: not made"

run: build ## build, then take the applications of examples/ from Dockerfile to pod and back
	@e2e/src/test/sh/demo.sh $(TREE)

check: setup jdk ## format, static analysis, unit and architecture tests, the shim's own tests
	$(MVN) package

# Two runs, for the scenarios want the tree with its caches: the second has nothing left to do outside e2e.
test: setup jdk ## everything: check, the privileged tests, the black-box scenarios
	$(MVN) -pl '!e2e' verify
	@$(TRAIN) $(TREE) || echo "AOT caches: not made"
	$(MVN) -pl proto,e2e verify

test-v2: setup jdk ## the privileged and black-box tests again, in a user-mode Linux kernel with cgroup v2
	@test -x $(TREE)/bin/gantryd || $(MAKE) build
	@e2e/src/test/uml/run.sh

test-systemd: setup jdk ## the tests of the systemd cgroup driver, in a user-mode Linux machine whose init is systemd
	@test -x $(TREE)/bin/gantryd || $(MAKE) build
	@e2e/src/test/systemd/run.sh

test-powercut: build ## cut a user-mode kernel's power amid pulls, removals and starts, and look at what is left: an hour
	$(MVN) -q -DskipTests -pl proto,e2e package dependency:build-classpath \
		-Dmdep.outputFile=target/bench.classpath -Dmdep.includeScope=test
	@e2e/src/test/powercut/run.sh $(TREE)

privileged: setup jdk ## only the tests that need root and the kernel
	$(MVN) $(NO_UNIT_TESTS) -pl $(PRIVILEGED) -am verify

e2e: build ## only the black-box scenarios against the packaged daemon
	$(MVN) $(NO_UNIT_TESTS) -pl proto,e2e verify

shim-test: setup ## the native shim under the address and undefined-behaviour sanitizers
	$(MAKE) -C isolation-linux/src/main/c/shim OUT=$(CURDIR)/isolation-linux/target/native shim-test

fuzz: setup ## the shim's parsers on mutated input, for a minute
	$(MAKE) -C isolation-linux/src/main/c/shim OUT=$(CURDIR)/isolation-linux/target/native FUZZ_SECONDS=60 shim-fuzz

bench: build ## measure pods, images and builds, and containerd and buildah beside them where they are installed
	$(MVN) -q -DskipTests -pl proto,e2e package dependency:build-classpath \
		-Dmdep.outputFile=target/bench.classpath -Dmdep.includeScope=test
	@e2e/src/test/sh/bench.sh $(TREE)
	@e2e/src/test/sh/build-bench.sh $(TREE)

format: jdk ## format the Java sources
	$(MVN) -q spotless:apply

clean: ## remove what was built
	rm -rf target */target
