# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Drivers that have code for both APIs, and find out which the kernel has: by its
# version, by grep in its headers, by compiling small files. docs/porting.md says
# what makes each of them take the stable API.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

if ! grep -qs mdev_register_parent "${common:-$kdir}/include/linux/mdev.h"; then
	skip "drivers that look at the kernel" "this kernel's <linux/mdev.h> has no mdev_register_parent()"
	exit 0
fi

# A folder as dkms installs it
ok_built
mdev=$work/mdev
mkdir "$mdev"
cp -r "$TOP/mdev.mk" "$TOP/include" "$built/Module.symvers" "$mdev"

# driver NAME: makes one in $work/NAME. Its both.c has the choice on stdin, that
# defines KERNEL_API or not, and its Kbuild begins with $kbuild.
driver() {
	mkdir -p "$work/$1"
	{
		printf '%s\n' '#include <linux/module.h>' '#include <linux/mdev.h>' '#include <linux/version.h>'
		cat
		cat <<-'END'
		#ifdef KERNEL_API
		static struct mdev_parent parent;
		static struct mdev_driver driver = { .device_api = "vfio-pci" };
		static int __init both_init(void)
		{
			return mdev_register_parent(&parent, NULL, &driver, NULL, 0);
		}
		#else
		static const struct mdev_parent_ops ops = { .owner = THIS_MODULE };
		static int __init both_init(void)
		{
			return mdev_register_device(NULL, &ops);
		}
		#endif
		module_init(both_init);
		MODULE_DESCRIPTION("both APIs");
		MODULE_LICENSE("GPL");
		END
	} >"$work/$1/both.c"
	{
		echo "$kbuild"
		echo "obj-m := both.o"
		# shellcheck disable=SC2016 # for make
		echo 'include $(MDEV)/mdev.mk'
	} >"$work/$1/Kbuild"
}

# build NAME [VARIABLE=VALUE…]
build() {
	local name=$1
	shift

	make -C "$kdir" --no-print-directory M="$work/$name" MDEV="$mdev" "$@" modules
}

# takes_kernel NAME DESCRIPTION: and does not build
takes_kernel() {
	fails "$2" build "$1"
	contains "the compiler misses the kernel API" "$err" "mdev_register_parent"
}

# takes_stable NAME
takes_stable() {
	shows ' U mdev_stable_register_device$' "its module calls the stable API" nm "$work/$1/both.ko"
}

step "By the version"
kbuild=
driver version <<'E2'
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
#define KERNEL_API
#endif
E2
takes_kernel version "it takes the kernel API, which is not in our header"
driver version-too <<'E2'
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0) && !defined(MDEV_STABLE_API)
#define KERNEL_API
#endif
E2
ok "with MDEV_STABLE_API in the condition it builds" build version-too
takes_stable version-too

step "By grep"
# shellcheck disable=SC2016 # for make
kbuild='MDEV_H ?= '${common:-$kdir}'/include/linux/mdev.h
ccflags-$(if $(shell grep -w mdev_register_parent $(MDEV_H)),y) += -DHAVE_MDEV_REGISTER_PARENT'
driver grep <<'E2'
#ifdef HAVE_MDEV_REGISTER_PARENT
#define KERNEL_API
#endif
E2
takes_kernel grep "it finds the kernel API"
ok "in our header it does not" build grep MDEV_H="$mdev/include/linux/mdev.h"
takes_stable grep
driver grep-too <<'E2'
#ifdef MDEV_STABLE_API
#undef HAVE_MDEV_REGISTER_PARENT
#endif
#ifdef HAVE_MDEV_REGISTER_PARENT
#define KERNEL_API
#endif
E2
ok "with what it found taken back in the source, it builds, too" build grep-too
takes_stable grep-too

step "By compiling"
cat >"$work/conftest.sh" <<'END'
code=$1
shift
printf '#include <linux/device.h>\n#include <linux/uuid.h>\n#include <linux/mdev.h>\n%s\n' "$code" |
	"$@" -DMODULE '-DKBUILD_MODNAME="conftest"' -fsyntax-only -x c - && echo y
END
# shellcheck disable=SC2016 # for make
kbuild='conftest = $(shell sh '$work/conftest.sh' "$(1)" $(CC) $(CONFTEST_CFLAGS) \
	$(LINUXINCLUDE) $(KBUILD_CPPFLAGS) $(KBUILD_CFLAGS))
ccflags-$(call conftest,struct mdev_parent_ops conftest;) += -DHAVE_MDEV_PARENT_OPS
ccflags-$(call conftest,struct mdev_parent conftest;) += -DHAVE_MDEV_PARENT'
driver compile <<'E2'
#if defined(HAVE_MDEV_PARENT)
#define KERNEL_API
#elif !defined(HAVE_MDEV_PARENT_OPS)
#error It finds neither
#endif
E2
takes_kernel compile "it finds the kernel API"
ok "with our headers first in its own compilations it does not" build compile CONFTEST_CFLAGS="-I$mdev/include"
takes_stable compile
rm -f "$work"/compile/*.ko "$work"/compile/*.o
ok "nor with a compiler that has them first, which needs no change to it" build compile CC="gcc -I$mdev/include"
takes_stable compile

# A function is there if a call of it without arguments does not compile.
step "By compiling calls of functions"
# shellcheck disable=SC2016 # for make
kbuild='absent = $(shell sh '$work/conftest.sh' "void conftest(void); void conftest(void) { $(1)(); }" \
	$(CC) $(CONFTEST_CFLAGS) $(LINUXINCLUDE) $(KBUILD_CPPFLAGS) $(KBUILD_CFLAGS) \
	-Wno-error=implicit-function-declaration -Wno-implicit-function-declaration)
present = $(if $(call absent,$(1)),,y)
ccflags-$(call present,mdev_register_device) += -DHAVE_MDEV_REGISTER_DEVICE
ccflags-$(call present,mdev_register_parent) += -DHAVE_MDEV_REGISTER_PARENT
ccflags-$(call present,mdev_set_iommu_device) += -DHAVE_MDEV_SET_IOMMU_DEVICE
ccflags-$(call present,mdev_there_is_no_such) += -DHAVE_ALL'
driver functions <<'E2'
#if defined(HAVE_ALL)
#error It finds what is not there
#elif defined(HAVE_MDEV_REGISTER_PARENT)
#define KERNEL_API
#elif !defined(HAVE_MDEV_REGISTER_DEVICE) || !defined(HAVE_MDEV_SET_IOMMU_DEVICE)
#error It does not find what is there
#endif
E2
takes_kernel functions "it finds the kernel API"
ok "with our headers first in its own compilations it does not" build functions CONFTEST_CFLAGS="-I$mdev/include"
takes_stable functions
