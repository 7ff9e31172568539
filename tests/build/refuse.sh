# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A kernel that the modules can't work on is refused in one sentence, before
# anything is compiled, by make and by dkms.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

step "No headers"
mkdir -p "$work/none/build"
refuses "$work/none/kdir is not a prepared kernel tree: name one with KDIR=, or" none "a directory that is not there"
copy_headers unprepared
mv "$copy/include/config" "$work/unprepared"
refuses "$copy is not a prepared kernel tree: .*make modules_prepare there" unprepared "one in which nothing is prepared"

step "Without VFIO"
copy_headers novfio
edit "$copy/include/config/auto.conf" '/^CONFIG_VFIO=/d'
edit "$copy/include/generated/autoconf.h" '/ CONFIG_VFIO(_MODULE)? /d'
refuses "can't serve the kernel $KVER: it is built without VFIO" novfio "no VFIO"

step "With an mdev of its own that is no module"
copy_headers builtin
# shellcheck disable=SC2016 # for sed
edit "$copy/include/config/auto.conf" '/^CONFIG_VFIO_MDEV=/d; $aCONFIG_VFIO_MDEV=y'
refuses "can't serve the kernel $KVER: its own mdev is built in, and no module can take its place" builtin "it is built in"

step "Without modules"
copy_headers nomodules
edit "$copy/include/config/auto.conf" '/^CONFIG_MODULES=/d'
refuses "can't serve the kernel $KVER: it takes no modules" nomodules "no modules"

step "Older than 5.10"
copy_headers older
edit "$headers/include/uapi/linux/vfio.h" '/define VFIO_DEVICE_FLAGS_CAPS/d'
refuses "can't serve the kernel $KVER: its VFIO is older than that of Linux 5.10" older "too old"

step "An mdev of its own that nobody knows yet"
copy_headers newer
if grep -q mdev_register_parent "$headers/include/linux/mdev.h"; then
	edit "$headers/include/linux/mdev.h" \
		's/^(\tvoid \(\*remove\)\(struct mdev_device \*dev\);)/\1 int (*further)(struct mdev_device *dev);/'
	refuses "structures in its <linux/mdev.h> that this version does not know" \
		newer "another op in struct mdev_driver" "${mdev_only[@]}"
else
	skip "another op in struct mdev_driver" "this kernel's <linux/mdev.h> has no mdev_register_parent()"
fi

step "A VFIO that keeps a function to itself"
if grep -q "	_vfio_alloc_device	" "$kdir/Module.symvers"; then
	for name in vfio_unpin_pages vfio_assign_device_set; do
		copy_headers $name
		edit "$copy/Module.symvers" "/\\t$name\\t/d"
		refuses "can't serve the kernel $KVER: it declares $name\(\), which the modules need, but does not export it" \
			$name "$name()"
	done
else
	skip "a function that is not exported" "this kernel's VFIO does not allocate devices"
fi
if grep -q get_region_info_caps "${common:-$kdir}/include/linux/vfio.h"; then
	skip "one that is needed because VFIO has no op in its place" "this kernel's VFIO has get_region_info_caps"
else
	copy_headers older-op
	edit "$copy/Module.symvers" '/\tvfio_info_cap_shift\t/d'
	refuses "can't serve the kernel $KVER: it declares vfio_info_cap_shift\(\), which the modules need, but does not export it" \
		older-op "one that is needed because VFIO has no op in its place"
fi

step "A kernel that exports only what its own modules use"
copy_headers trimmed
edit "$copy/Module.symvers" '/\t(eventfd_ctx_fdget|kobject_uevent_env)\t/d'
fails "it can't be built for" quickly_for trimmed
missing="mdev-dkms can't serve the kernel $KVER: it does not export eventfd_ctx_fdget kobject_uevent_env, which the modules need\."
is "a sentence says what is missing" "$(echo "$err" | grep -cE "^$missing Is .*Module.symvers that of the kernel")" 1
# Debian's headers lack what kbuild calls for such a kernel
# shellcheck disable=SC2016 # for sed
edit "$copy/include/config/auto.conf" '$aCONFIG_TRIM_UNUSED_KSYMS=y'
run sh "$TOP/scripts/build/missing-symbols.sh" "$work/trimmed/build/$KVER" "$KVER" "$copy"
contains "and why, where that is known" "$err" "^$missing It was built with CONFIG_TRIM_UNUSED_KSYMS"

step "A compiler that the probes can't trust"
copy_headers compiler
printf '#!/bin/sh\ncase " $* " in *" -fsyntax-only "*) exit 0 ;; esac\nexec gcc "$@"\n' >"$work/yes-cc"
# shellcheck disable=SC2016 # for the compiler, which speaks German where it may
printf '#!/bin/sh\nerror=Fehler; [ "$LC_ALL" != C ] || error=error\ncase " $* " in *" -fsyntax-only "*) echo "cc: $error: no option -x" >&2; exit 1 ;; esac\nexec gcc "$@"\n' >"$work/no-cc"
chmod +x "$work/yes-cc" "$work/no-cc"
refuses "The compiler $work/yes-cc takes anything for $KVER" compiler "one that takes anything" "${mdev_only[@]}" CC="$work/yes-cc"
refuses "The compiler $work/no-cc can't build modules for $KVER at all: cc: error: no option -x" compiler "one that takes nothing" "${mdev_only[@]}" CC="$work/no-cc"
refuses "The compiler none-cc can't build modules for $KVER at all: .*none-cc: .*not found" compiler "one that is not there" "${mdev_only[@]}" CC=none-cc

# dkms, from its package if it is not installed; with folders of its own
step "dkms"
dkms=$(command -v dkms) || {
	(cd "$work" && apt-get -q download dkms && dpkg-deb -x dkms_*.deb dkms) >"$work/dkms.log" 2>&1
	dkms=$work/dkms/usr/sbin/dkms
}
ok "is there" test -x "$dkms"
# shellcheck disable=SC1091 # two assignments
eval "$(grep '^PACKAGE_' "$TOP/dkms.conf")"
mkdir -p "$work"/{dkms-tree,usr-src,lib-modules}
ln -s "$TOP" "$work/usr-src/$PACKAGE_NAME-$PACKAGE_VERSION"

# dkms_for COMMAND NAME
dkms_for() {
	"$dkms" "$1" "$PACKAGE_NAME/$PACKAGE_VERSION" -k "$KVER" --kernelsourcedir "$work/$2/kdir" \
		--dkmstree "$work/dkms-tree" --sourcetree "$work/usr-src" --installtree "$work/lib-modules"
}
for name in novfio older; do
	fails "a kernel that can't be served ($name)" dkms_for build $name
	is "says why, in one sentence" "$(echo "$err" | grep -c "^mdev-dkms can't serve the kernel $KVER")" 1
	is "and no module was built" "$(find "$work/dkms-tree" -name '*.ko*')" ""
done
