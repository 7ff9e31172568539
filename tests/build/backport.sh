# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A vendor's kernel, which calls itself as before but has APIs of newer kernels
# and has lost another: the build finds out by compiling. The changes are to
# headers of Linux 6.1.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

# probes FOLDER: what was found, for our modules and for the sample
probes() {
	{
		sed -n 's/^#define HAVE_\([^ ]*\) 1$/\1/p' "$1/src/compat/have.h"
		grep -o 'DHAVE_[a-z_]*' "$1/sample_mtty/.mtty_main.o.cmd" | sed 's/DHAVE_//'
	} | sort -u
}

ok_built
copy_headers vendor
diag "from 6.4: a class does not know its module"
edit "$headers/include/linux/device/class.h" \
	's/^#define class_create\(owner, name\)/#define class_create(name)/
	 s/__class_create\(owner, name, &__key\)/__class_create(THIS_MODULE, name, \&__key)/'
diag "from 6.8: an eventfd counts one by one"
# shellcheck disable=SC2016 # for sed
edit "$headers/include/linux/eventfd.h" \
	'$a #define eventfd_signal(ctx) eventfd_signal(ctx, 1)'
diag "not yet from 6.2: the type of a kobject is const"
edit "$headers/include/linux/kobject.h" \
	's/^(extern void kobject_init\(.*)const struct kobj_type/\1struct kobj_type/
	 s/^(\t+ )const (struct kobj_type \*ktype, struct kobject \*parent)/\1\2/'
if ok "they build" build_for vendor $no_debug; then
	is "and nothing is warned of" "$(echo "$out$err" | grep -i warning)" ""
fi
gives "$(cat "$kdir/include/config/kernel.release")" "the kernel calls itself as before" \
	cat "$copy/include/config/kernel.release"
probes "$built" >plain.probes
probes "$work/vendor/build/$KVER" >vendor.probes
run diff plain.probes vendor.probes
is "the three differences have been found, and no other" \
	"$(echo "$out" | grep '^[<>]' | sort)" \
	"$(printf '%s\n' '< kobject_const_ktype' '> class_create_one_arg' '> eventfd_signal_one_arg')"

step "No version is asked for"
cd "$TOP" || exit 1
fails "in C, Kbuild or the scripts" \
	"grep -rnE 'KERNEL_VERSION|LINUX_VERSION|(PATCH|SUB)LEVEL' include src sample_mtty tests/modules Makefile Kbuild dkms.conf scripts"
