/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mdev_sim uses of the kernel and newer kernels have changed. The sources
 * are written for the newest one; kernel.mk finds out what the kernel at hand
 * has. Nothing here is about mediated devices: the stable API sees to that.
 */
#ifndef SIM_COMPAT_H
#define SIM_COMPAT_H

#include <linux/device.h>
#include <linux/eventfd.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pci.h>
#include <linux/slab.h>

/* Before Linux 6.11 a bus's match() could change the driver. */
#ifdef HAVE_bus_match_const_driver
#define sim_match_driver const struct device_driver
#else
#define sim_match_driver struct device_driver
#endif

/* Before Linux 6.8 eventfd_signal() took how much to add. */
#ifndef HAVE_eventfd_signal_one_arg
#define eventfd_signal(ctx) eventfd_signal(ctx, 1)
#endif

/* Before Linux 6.3 vm_flags was written directly. */
#ifndef HAVE_vm_flags_set
static inline void vm_flags_set(struct vm_area_struct *vma,
				unsigned long flags)
{
	vma->vm_flags |= flags;
}
#endif

/*
 * Where each bus has its own driver override, before Linux 7.1 and its back-ports,
 * a function has it. sim_set_driver_override() is for one that nobody has been
 * offered yet.
 */
#ifdef HAVE_pci_driver_override
static inline int sim_set_driver_override(struct pci_dev *pdev,
					  const char *name)
{
	char *override = kstrdup(name, GFP_KERNEL);

	if (!override)
		return -ENOMEM;
	device_lock(&pdev->dev);
	/* It can be written in sysfs already. */
	kfree(pdev->driver_override);
	pdev->driver_override = override;
	device_unlock(&pdev->dev);
	return 0;
}
#else
static inline int sim_set_driver_override(struct pci_dev *pdev,
					  const char *name)
{
	return device_set_driver_override(&pdev->dev, name);
}
#endif

/*
 * From Linux 6.19 on the PCI core keeps a list of the domains that drivers have
 * made up. sim_reserve_pci_domain() puts one in it, and returns it, or -ENOSPC if it
 * is there already, or -ENOMEM. Pairs with sim_release_pci_domain(). Before, nobody
 * knows of the others' domains.
 */
#ifdef HAVE_pci_bus_find_emul_domain_nr
static inline int sim_reserve_pci_domain(int domain)
{
	return pci_bus_find_emul_domain_nr(domain, domain, domain);
}

static inline void sim_release_pci_domain(int domain)
{
	pci_bus_release_emul_domain_nr(domain);
}
#else
static inline int sim_reserve_pci_domain(int domain)
{
	return domain;
}

static inline void sim_release_pci_domain(int domain)
{
}
#endif

/*
 * Before Linux 5.11 a page charged as kernel memory could not be mapped: its type
 * and its map count shared a field.
 */
#ifdef PG_kmemcg
#define SIM_GFP_PAGE (GFP_KERNEL | __GFP_ZERO)
#else
#define SIM_GFP_PAGE (GFP_KERNEL_ACCOUNT | __GFP_ZERO)
#endif

#endif /* SIM_COMPAT_H */
