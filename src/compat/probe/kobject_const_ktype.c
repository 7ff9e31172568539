// SPDX-License-Identifier: GPL-2.0-only
/* 6.2: the type of a kobject is const. */
#include <linux/kobject.h>

int probe(struct kobject *kobj, const struct kobj_type *ktype);
int probe(struct kobject *kobj, const struct kobj_type *ktype)
{
	return kobject_init_and_add(kobj, ktype, NULL, "probe");
}
