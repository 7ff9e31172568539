/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mdev_sim: cards that are PCI functions, for parent.c. Where the architecture
 * does not allow it, there are none: configfs.c asks first.
 */
#ifndef SIM_PCI_H
#define SIM_PCI_H

#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/pci.h>

struct sim_card;

/*
 * A PCI bus that a driver makes needs data of the architecture's, whose form is
 * known here for x86 only.
 */
#define SIM_HAVE_PCI (IS_ENABLED(CONFIG_X86) && IS_ENABLED(CONFIG_PCI_DOMAINS))

#if SIM_HAVE_PCI
int sim_pci_register_driver(struct pci_driver *driver, const char *name);
void sim_pci_unregister_driver(struct pci_driver *driver);
struct device *sim_pci_add(struct sim_card *card,
			   const struct device_driver *driver);
void sim_pci_del(struct device *dev);
#else
static inline int sim_pci_register_driver(struct pci_driver *driver,
					  const char *name)
{
	return -EOPNOTSUPP;
}

static inline void sim_pci_unregister_driver(struct pci_driver *driver)
{
}

static inline struct device *sim_pci_add(struct sim_card *card,
					 const struct device_driver *driver)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void sim_pci_del(struct device *dev)
{
}
#endif

#endif /* SIM_PCI_H */
