# SPDX-License-Identifier: GPL-2.0-only
# What people and dkms call. `make help` lists the targets for people.

# Whatever is built, fetched or booted lives below this directory.
BUILD ?= $(CURDIR)/build
export BUILD

ifneq ($(words $(CURDIR) $(BUILD)),2)
$(error The path "$(CURDIR)" or BUILD="$(BUILD)" has a blank in it, which the kernel's build can't take: move the checkout, or set BUILD to another directory)
endif

# What a build calls is given to its interpreter: dkms may keep it on a file
# system mounted noexec.
VERSION := $(shell sh scripts/build/version.sh)

# The kernel to build for: KDIR= names the headers, KVER= an installed
# kernel's, else the running kernel's, else the newest installed ones.
RUNNING := $(shell uname -r)
headers_of = $(wildcard /lib/modules/$(1)/build/Makefile)
newest_headers = $(lastword $(shell ls -d /lib/modules/*/build/Makefile 2>/dev/null | \
	sed 's,/lib/modules/\(.*\)/build/Makefile,\1,' | sort -V))
ifdef KDIR
KVER ?= $(shell cat $(KDIR)/include/config/kernel.release 2>/dev/null)
else
KVER ?= $(if $(call headers_of,$(RUNNING)),$(RUNNING),$(newest_headers))
KDIR := /lib/modules/$(KVER)/build
endif
OUT := $(BUILD)/$(KVER)

# A kernel that clang has compiled takes modules of clang's only.
ifndef LLVM
LLVM := $(if $(shell grep -s '^CONFIG_CC_IS_CLANG=y' $(KDIR)/include/config/auto.conf),1)
endif
export LLVM

Q := $(if $(V),,@)
# ARCH= and CROSS_COMPILE= on the command line or in the environment reach it,
# too: make ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- KDIR=…
KERNEL_MAKE = $(MAKE) -C $(KDIR) --no-print-directory $(if $(W),W=$(W)) $(if $(C),C=$(C))
# MDEV is for the sample, which finds our headers as a vendor's driver does. Here
# it is built together with the modules whose symbols it needs.
KBUILD = $(KERNEL_MAKE) MDEV=$(CURDIR) MDEV_SYMVERS=$(OUT)/Module.symvers MDEV_VERSION=$(VERSION)

SOURCE_DIRS := include src sample_mtty tests/modules
SOURCES := Kbuild $(sort $(foreach d,$(SOURCE_DIRS),$(wildcard \
	$(d)/*.[ch] $(d)/*.mk $(d)/Kbuild $(d)/*/*.[ch] $(d)/*/*.mk $(d)/*/Kbuild $(d)/*/*/*.[ch] $(d)/*/*/Kbuild)))
PROBES := $(patsubst src/compat/probe/%.c,%,$(wildcard src/compat/probe/*.c))
HAVE := $(OUT)/src/compat/have.mk

.PHONY: all modules test-modules test-client demo check check-long check-all check-headers check-vendor lint help clean distclean
.PHONY: dist install uninstall deb rpm kmod repo check-packages check-install check-system bench bench-many
all: modules

## modules      build mdev.ko, vfio_mdev.ko, mtty.ko and, where the kernel has configfs,
##              mdev_sim.ko (KVER= or KDIR= name the kernel, ARCH= and CROSS_COMPILE=
##              another architecture, as for the kernel itself)
modules: $(HAVE)
	+$(Q)$(KBUILD) M=$(OUT) modules || { sh scripts/build/missing-symbols.sh $(OUT) "$(KVER)" $(KDIR); false; }
	$(Q)sh scripts/build/symvers-check.sh $(OUT)/Module.symvers $(KDIR)/Module.symvers
	@[ -e $(OUT)/src/mdev_sim/mdev_sim.ko ] || \
		echo "mdev_sim.ko is not built: the kernel $(KVER) has no configfs (CONFIG_CONFIGFS_FS)."
	@grep -qE '^CONFIG_(VFIO_IOMMU_TYPE1|IOMMUFD)=[ym]' $(KDIR)/include/config/auto.conf || \
		echo "Mediated devices can be created on the kernel $(KVER), but not opened: its VFIO has no IOMMU backend for them (CONFIG_VFIO_IOMMU_TYPE1 or CONFIG_IOMMUFD)."
	@echo "Built for $(KVER): $(patsubst $(CURDIR)/%,%,$(OUT))/{src/mdev/mdev,src/vfio_mdev/vfio_mdev,sample_mtty/mtty$$( \
		[ ! -e $(OUT)/src/mdev_sim/mdev_sim.ko ] || echo ,src/mdev_sim/mdev_sim)}.ko"

# The modules that only the tests load.
test-modules: modules $(OUT)/tests/modules/note.c vendor-sample
	+$(Q)$(KBUILD) M=$(OUT) MDEV_TESTS=m modules

# The sample as a vendor builds it: a directory of its own, on what dkms installs.
VENDOR := $(OUT)/vendor
.PHONY: vendor-sample
vendor-sample: modules
	@mkdir -p $(VENDOR)/mdev $(VENDOR)/mtty
	@cp -rpu include mdev.mk $(OUT)/Module.symvers $(VENDOR)/mdev
	@cp -pu sample_mtty/* $(VENDOR)/mtty
	+$(Q)$(KERNEL_MAKE) MDEV=$(VENDOR)/mdev M=$(VENDOR)/mtty modules

# The API guide's driver is compiled as the guide shows it.
$(OUT)/tests/modules/note.c: docs/api.md scripts/dev/shown.sh | tree
	@sh scripts/dev/shown.sh note.c $< >$@.new && mv $@.new $@

CLIENT := $(BUILD)/tests/$(notdir $(CROSS_COMPILE))vfio-client
test-client: $(CLIENT)
$(CLIENT): $(wildcard tests/client/*.[ch])
	@mkdir -p $(@D)
	$(Q)$(if $(CROSS_COMPILE),$(CROSS_COMPILE)gcc,$(CC)) -static -O2 -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Werror -o $@ $(filter %.c,$^) -lpthread

# A tree of links for each kernel: kbuild writes beside the sources. It also
# compiles what it finds, so a file that is gone leaves no link.
.PHONY: tree
tree:
	@sh scripts/build/headers-check.sh "$(KVER)" "$(KDIR)" "$(RUNNING)" "$(LLVM)"
	@mkdir -p $(sort $(dir $(addprefix $(OUT)/,$(SOURCES))))
	@for f in $(SOURCES); do \
		[ -L "$(OUT)/$$f" ] || ln -s "$(CURDIR)/$$f" "$(OUT)/$$f"; done
	@find "$(OUT)" -type l ! -exec test -e {} \; -delete

# Probes run again when one of them or the kernel's configuration changes.
PROBE_STAMP := $(OUT)/src/compat/probe/.probed
$(PROBE_STAMP): $(wildcard src/compat/probe/*) $(wildcard $(KDIR)/include/generated/autoconf.h) | tree
	+$(Q)$(KBUILD) M=$(OUT)/src/compat/probe modules
	@touch $@

# What dkms-pre-build.sh wants to know.
.PHONY: probe
probe: $(HAVE)
$(HAVE): $(PROBE_STAMP) scripts/build/have.sh
	$(Q)sh scripts/build/have.sh $(OUT)/src/compat "$(KVER)" "$(KDIR)" $(PROBES)

## demo         install what it needs, build, boot a guest, and give a VM in that guest a
##              mediated device
demo:
	@scripts/dev/demo.sh

## check        run the tests in guests (CASES="name name" for some of them,
##              KERNELS="name name" on other kernels; tests/kernels/table lists them)
check:
	@tests/run/run.sh check $(CASES)

## check-long   run the cases that "make check" leaves out (CASES=, KERNELS= likewise)
check-long:
	@tests/run/run.sh long $(CASES)

## check-all    run all tests on every kernel, and print a summary (hours)
check-all:
	@tests/run/run.sh all $(CASES)

## check-system  install the package in whole Debian systems in guests, and use it there with
##              mdevctl, libvirt and QEMU (SUITES="bookworm trixie", or one of them)
check-system:
	@tests/run/run.sh system $(CASES)

## check-headers  build for the newest headers in Debian's backports, sid and experimental,
##              and for i386, armhf, ppc64el and riscv64
check-headers:
	@scripts/dev/install-deps.sh roots
	@tests/kernels/kernels.sh headers

## check-vendor  build a driver outside this tree on the installed package, with the dkms
##              of three Debian releases, and load it in guests
check-vendor:
	@tests/run/run.sh vendor $(CASES)

## bench        count the instructions of each operation, and those of the kernel's own core and
##              sample, on three kernels (KERNELS=)
bench:
	@tests/run/run.sh bench $(CASES)

## bench-many   count create and remove with up to 60,000 devices there, draw a plot, and
##              time two CPUs at once (KERNELS=; some ten minutes a kernel)
bench-many:
	@tests/run/run.sh bench-many $(CASES)

## lint         checkpatch --strict, kernel-doc, sparse, W=1 and shellcheck, and the form
##              of commits that are not upstream yet
lint:
	@scripts/dev/lint.sh

## install      copy the source to where dkms looks for it, and install mdev-sim, cards,
##              unit, udev rule and man pages below PREFIX=/usr/local (DESTDIR= for packagers)
SOURCE_DIR := $(DESTDIR)/usr/src/mdev-$(VERSION)
PREFIX := /usr/local
SBINDIR := $(PREFIX)/sbin
# systemd and udev look there below both /usr and /usr/local
UNIT_DIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
RULE_DIR := $(DESTDIR)$(PREFIX)/lib/udev/rules.d
CARD_DIR := $(DESTDIR)$(PREFIX)/share/mdev-dkms/cards
man_dir = $(DESTDIR)$(PREFIX)/share/man/man$(1)
install:
	install -d $(SOURCE_DIR)/scripts $(call man_dir,4) $(call man_dir,8) $(DESTDIR)$(SBINDIR) $(UNIT_DIR) $(RULE_DIR) $(CARD_DIR)
	cp -r Makefile Kbuild dkms.conf mdev.mk include src sample_mtty $(SOURCE_DIR)
	cp -r scripts/build $(SOURCE_DIR)/scripts
	chmod -R u=rwX,go=rX $(SOURCE_DIR)
	install -m 644 man/*.4 $(call man_dir,4)
	install -m 644 man/*.8 $(call man_dir,8)
	install -m 644 cards/*.conf $(CARD_DIR)
	sed 's,@VERSION@,$(VERSION),' scripts/mdev-sim >$(DESTDIR)$(SBINDIR)/mdev-sim
	chmod 755 $(DESTDIR)$(SBINDIR)/mdev-sim
	sed 's,@SBINDIR@,$(SBINDIR),' systemd/mdev-sim@.service >$(UNIT_DIR)/mdev-sim@.service
	chmod 644 $(UNIT_DIR)/mdev-sim@.service
	install -m 644 udev/61-mdev-dkms.rules $(RULE_DIR)

## uninstall    remove what "make install" copied, once dkms no longer has the modules
uninstall:
	@if [ -e $(DESTDIR)/var/lib/dkms/mdev/$(VERSION) ]; then \
		echo "dkms has mdev/$(VERSION) still; first: dkms remove mdev/$(VERSION) --all" >&2; \
		exit 1; \
	fi
	rm -rf $(SOURCE_DIR)
	rm -f $(addprefix $(call man_dir,4)/,$(notdir $(wildcard man/*.4)))
	rm -f $(addprefix $(call man_dir,8)/,$(notdir $(wildcard man/*.8)))
	rm -f $(DESTDIR)$(SBINDIR)/mdev-sim $(UNIT_DIR)/mdev-sim@.service $(RULE_DIR)/61-mdev-dkms.rules
	rm -f $(addprefix $(CARD_DIR)/,$(notdir $(wildcard cards/*.conf)))
	[ ! -d $(CARD_DIR) ] || rmdir --ignore-fail-on-non-empty $(CARD_DIR) $(dir $(CARD_DIR))

## deb          build the Debian packages
deb:
	@scripts/package/deb.sh

## rpm          build the RPM packages
rpm:
	@scripts/package/rpm.sh

## kmod         build RPM packages of the modules for one kernel (KVER=), for machines without
##              dkms, and the one that akmods builds them from
kmod:
	@KVER="$(if $(filter command line environment,$(origin KVER)),$(KVER))" scripts/package/rpm.sh kmod

## repo         put the Debian and RPM packages into signed repositories for apt and dnf, in
##              build/repo/ (URL= says where users will find it, MDEV_REPO_KEY= names the key
##              that signs; URL and key stay for a repository that is there)
repo:
	@scripts/package/repo.sh

## check-packages  install, upgrade and remove the packages in three Debian releases
##              (CASES=, SUITES=)
check-packages:
	@tests/run/run.sh packages $(CASES)

## check-install  run the targets above on bare machines of two Debian releases, as a
##              newcomer does (CASES=, SUITES=)
check-install:
	@tests/run/run.sh install $(CASES)

## dist         build the tarball of this version
dist:
	@scripts/package/dist.sh

## clean        remove what was built, for all kernels
clean:
	rm -rf $(filter-out $(BUILD)/cache,$(wildcard $(BUILD)/*))

## distclean    remove all that was built or downloaded
distclean:
	rm -rf $(BUILD)

## help         print this list
help:
	@echo "make [TARGET] [KVER=version | KDIR=headers] [V=1]"
	@sed -n 's/^## \(.*\)/  \1/p' $(firstword $(MAKEFILE_LIST))
