# SPDX-License-Identifier: GPL-2.0-only
# What differs between kernels and concerns mtty, for compat.h. It is found
# out by compiling a line, as a kernel may call itself by any version.

mtty_flags = $(NOSTDINC_FLAGS) $(LINUXINCLUDE) $(KBUILD_CPPFLAGS) \
	$(KBUILD_CFLAGS) $(KBUILD_CFLAGS_MODULE) -DKBUILD_MODNAME=\"mtty\"

# mtty_compiles HEADER,FUNCTION: "y" or nothing
mtty_compiles = $(shell echo 'static inline $(2)' | \
	$(CC) $(mtty_flags) -Werror -fsyntax-only -include $(1) -x c - \
	>/dev/null 2>&1 && echo y)

mtty_have_class_create_one_arg := $(call mtty_compiles,linux/device.h, \
	struct class *probe(void) { return class_create("mtty"); })
mtty_have_eventfd_signal_one_arg := $(call mtty_compiles,linux/eventfd.h, \
	void probe(struct eventfd_ctx *ctx) { eventfd_signal(ctx); })

ccflags-$(mtty_have_class_create_one_arg) += -DHAVE_class_create_one_arg
ccflags-$(mtty_have_eventfd_signal_one_arg) += -DHAVE_eventfd_signal_one_arg
