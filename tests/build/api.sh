# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The API that drivers are written against does not change unless the version
# says so.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

api() { "$TOP/scripts/dev/api.sh" "$@"; }

step "As recorded"
ok "the drivers' API is that of this version" api check
ok_built
# Their names in the order of Module.symvers, but for those that belong to the
# API of the kernel's own mdev.ko.
offered() {
	awk '$3 ~ /src\// { sub("EXPORT_SYMBOL", "", $4); sub("_GPL", " (GPL)", $4)
	       print "exported: " $2 $4 }' "$built/Module.symvers" |
		grep -vE ": ($(cat "$TOP"/src/mdev/kernel_api*.c "$TOP"/src/mdev/compat/*.c |
			sed -nE 's/.*EXPORT_SYMBOL(_GPL)?\(([a-z_]+)\).*/\2/p' | paste -sd '|'))( |\$)" | sort
}
is "the modules export what it says" "$(offered)" "$(api list | grep '^exported: ')"

# undocumented: exported functions of the bridge without kernel-doc in the header
undocumented() {
	api list | sed -n 's/^exported: \(vfio_mdev_[a-z_]*\) .*/\1/p' | sort -u | while read -r name; do
		grep -q "^ \* $name() - " "$TOP"/include/linux/*.h || echo "$name"
	done
}
is "each function has its reference in a header" "$(undocumented)" ""

step "A change is noticed"
series=$("$TOP/scripts/build/version.sh" | sed 's/\.[0-9]*$//')
# changed NAME: a copy, to be changed
changed() {
	dir=$work/$1
	mkdir -p "$dir/src" "$dir/docs"
	cp -r "$TOP"/{include,dkms.conf,NEWS.md} "$dir"
	cp -r "$TOP"/src/{mdev,vfio_mdev} "$dir/src"
	cp -r "$TOP/docs/api" "$dir/docs"
}
# noticed LINE DESCRIPTION
noticed() {
	fails "$2" api check "$dir"
	contains "by name" "$out" "$1"
}
changed same
ok "none in a copy" api check "$dir"
edit "$dir/include/linux/mdev.h" 's/^( \* Interface of) Linux/\1 a kernel/'
ok "none in another comment" api check "$dir"
edit "$dir/src/mdev/stable_api.c" '/EXPORT_SYMBOL_GPL\(mdev_stable_uuid\)/d'
noticed '^-exported: mdev_stable_uuid' "an export that is gone"
changed member
edit "$dir/include/linux/vfio_mdev.h" 's/^(\tvoid \(\*release\)\(.*)/\tint (*further)(void);\n\1/'
noticed '^\+.*struct vfio_mdev_device_ops, 2: int \(\*further\)\(void\)' "another member"
changed type
edit "$dir/include/linux/mdev.h" 's/^\tu16 id;/\tu32 id;/'
noticed '^-.*struct mdev_class_id, 1: u16 id' "another type of a member"
changed argument
edit "$dir/include/linux/vfio_mdev.h" 's/^(int vfio_mdev_pin_pages\(struct device \*dev, )unsigned long/\1u64/'
noticed '^\+.*vfio_mdev_pin_pages\(struct device \*dev, u64 ' "another argument of a function"
changed inline
edit "$dir/include/linux/mdev.h" 's/^static inline int mdev_device_open/static inline bool mdev_device_open/'
noticed '^-.*static inline int mdev_device_open' "another result of an inline function"
changed macro
edit "$dir/include/linux/mdev.h" 's/^(#define MDEV_CLASS_ID_VIRTIO)\t2/\1\t3/'
noticed '^-.*MDEV_CLASS_ID_VIRTIO 2$' "another value of a macro"

step "The version says so"
changed released
edit "$dir/NEWS.md" "s/^## ($series\.[0-9]+) .*/## \1 (2026-12-24)/"
edit "$dir/include/linux/mdev.h" 's/^(struct mdev_driver) \{/\1 {\n\tint more;/'
fails "the record of a released version can't be changed" api record "$dir"
edit "$dir/dkms.conf" 's/^(PACKAGE_VERSION)=.*/\1="7.1.0"/'
fails "a version without a record" api check "$dir"
gives docs/api/7.1.txt "it can be recorded" api record "$dir"
ok "and is right then" api check "$dir"
edit "$dir/dkms.conf" 's/^(PACKAGE_VERSION)=.*/\1="7.1.5"/'
ok "also at another patch level" api check "$dir"
edit "$dir/dkms.conf" 's/^(PACKAGE_VERSION)=.*/\1="7.2.0"/'
edit "$dir/include/linux/mdev.h" '/^\tint more;/d'
ok "another minor number is recorded" api record "$dir"
fails "but may not lack what the one before it had" api check "$dir"
contains "it says what, and that the major number must change" "$out$err" "7\.2 lacks what 7\.1 had"
rm "$dir/docs/api/7.2.txt"
edit "$dir/dkms.conf" 's/^(PACKAGE_VERSION)=.*/\1="8.0.0"/'
ok "another major number is recorded" api record "$dir"
ok "and may" api check "$dir"
