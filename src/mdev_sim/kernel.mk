# SPDX-License-Identifier: GPL-2.0-only
# What differs between kernels and concerns mdev_sim, for compat.h. It is
# found out by compiling a line, as a kernel may call itself by any version. The
# probes of src/compat/ are for the core and the bridge; this driver uses the
# stable API only, and is built as a vendor's would be.

sim_flags = $(NOSTDINC_FLAGS) $(LINUXINCLUDE) $(KBUILD_CPPFLAGS) \
	$(KBUILD_CFLAGS) $(KBUILD_CFLAGS_MODULE) -DKBUILD_MODNAME=\"mdev_sim\"

# sim_compiles HEADER,FUNCTION: "y" or nothing
sim_compiles = $(shell echo 'static inline $(2)' | \
	$(CC) $(sim_flags) -Werror -fsyntax-only -include $(1) -x c - \
	>/dev/null 2>&1 && echo y)

sim_have_bus_match_const_driver := $(call sim_compiles,linux/device.h, \
	void probe(struct bus_type *bus, int (*match)(struct device *, const struct device_driver *)) { bus->match = match; })
sim_have_eventfd_signal_one_arg := $(call sim_compiles,linux/eventfd.h, \
	void probe(struct eventfd_ctx *ctx) { eventfd_signal(ctx); })
sim_have_pci_bus_find_emul_domain_nr := $(call sim_compiles,linux/pci.h, \
	int probe(void) { return pci_bus_find_emul_domain_nr(0, 1, 2); })
sim_have_pci_driver_override := $(call sim_compiles,linux/pci.h, \
	void probe(struct pci_dev *pdev) { pdev->driver_override = NULL; })
sim_have_vm_flags_set := $(call sim_compiles,linux/mm.h, \
	void probe(struct vm_area_struct *vma) { vm_flags_set(vma, VM_DONTDUMP); })

ccflags-$(sim_have_bus_match_const_driver) += -DHAVE_bus_match_const_driver
ccflags-$(sim_have_eventfd_signal_one_arg) += -DHAVE_eventfd_signal_one_arg
ccflags-$(sim_have_pci_bus_find_emul_domain_nr) += -DHAVE_pci_bus_find_emul_domain_nr
ccflags-$(sim_have_pci_driver_override) += -DHAVE_pci_driver_override
ccflags-$(sim_have_vm_flags_set) += -DHAVE_vm_flags_set
