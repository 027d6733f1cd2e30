# The tasks of the project; each installs what it needs first.
.PHONY: help setup quickstart test test-whole test-openenv test-trainers test-cves check bench clean
.NOTPARALLEL:

help:
	@echo "make setup        install what is missing; a moment when nothing is"
	@echo "make quickstart   set up, then train a small model and judge it before and after"
	@echo "make test         set up, then check and test everything"
	@echo "make test-whole   the slow tests on whole bodies instead of parts of them: most of an hour"
	@echo "make test-openenv set up OpenEnv's own clients too, then test our server with them"
	@echo "make test-trainers set up TRL, Ray and two reward loaders too, then test our rewards in them"
	@echo "make test-cves    set up packages with published vulnerabilities too, then prove each on both releases"
	@echo "make check        format, lint and types only"
	@echo "make bench        print measurements against the references (NAME=verify for one)"
	@echo "make clean        remove what was built; runs and installed packages stay"

setup:
	@bash scripts/setup.sh

quickstart: setup
	@bin/ironbark run quickstart

test:
	@bash scripts/setup.sh --dev
	@node --import tsx scripts/test.ts

test-whole:
	@bash scripts/setup.sh --dev
	@IRONBARK_WHOLE=1 npx vitest run --project slow

test-openenv:
	@bash scripts/setup.sh --openenv
	@npx vitest run --project slow test/openenv

test-trainers:
	@bash scripts/setup.sh --trainers
	@npx vitest run --project slow test/trainers

test-cves:
	@bash scripts/setup.sh --cves
	@npx vitest run --project slow test/cves

check: setup
	@npm run --silent check

bench:
	@bash scripts/setup.sh --dev
	@npm run --silent bench -- $(NAME)

clean:
	rm -rf dist native/build .cache
