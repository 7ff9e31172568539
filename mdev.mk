# SPDX-License-Identifier: GPL-2.0-only
# For the Makefile of a driver outside this tree, which includes it:
# docs/api.md, "Building it". Its headers come in front of the kernel's own of
# the same names. dkms puts a copy beside the modules that it builds, with what
# belongs to them; in a checkout it finds what make has built.

mdev_dir := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
# A checkout built with BUILD= somewhere else is given MDEV_SYMVERS=.
MDEV_SYMVERS ?= $(firstword $(wildcard $(mdev_dir)/Module.symvers \
	$(mdev_dir)/build/$(KERNELRELEASE)/Module.symvers))

# Before anything is compiled; only `clean` needs no symbols.
ifeq ($(MDEV_SYMVERS)$(filter %/Makefile.clean,$(MAKEFILE_LIST)),)
$(error mdev-dkms is not built for the kernel $(KERNELRELEASE): make -C $(mdev_dir) KVER=$(KERNELRELEASE))
endif

NOSTDINC_FLAGS += -I$(mdev_dir)/include
KBUILD_EXTRA_SYMBOLS += $(MDEV_SYMVERS)
