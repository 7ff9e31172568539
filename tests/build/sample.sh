# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The sample driver is built as a vendor's: its folder, copied out of the tree,
# with the Makefile lines of docs/api.md, on what dkms installs.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

work=$PWD
arch=$(uname -m)

step "What dkms installs"
version=$work/dkms/mdev/0.1.0
installed=$version/$KVER/$arch
mkdir -p "$version/build/build/$KVER" "$version/build/scripts/build" "$installed/module"
cp -r "$TOP/include" "$TOP/mdev.mk" "$version/build/"
cp "$TOP/scripts/build/dkms-post-build.sh" "$version/build/scripts/build/"
# of this machine nothing gives way
: >"$version/build/scripts/build/dkms-former.sh"
ok "our modules have been built" cp "$BUILD/$KVER/Module.symvers" "$version/build/build/$KVER/"
ok "is put together" sh "$version/build/scripts/build/dkms-post-build.sh" "$KVER" "$arch"

step "The sample's folder"
ok "is copied" cp -r "$TOP/sample_mtty" "$work/mtty"
sh "$TOP/scripts/dev/shown.sh" Makefile "$TOP/docs/api.md" | tail -n 2 >"$work/lines"
is "its Kbuild has the lines that the guide shows" \
	"$(grep -cxF -f "$work/lines" "$work/mtty/Kbuild")" 2
is "it includes nothing from outside" "$(grep -rn '\.\./' "$work/mtty")" ""

# build [VARIABLE=VALUE…]: in a kernel's build folder, as the guide says
build() {
	make -C "/lib/modules/$KVER/build" --no-print-directory -j "$(nproc)" M="$work/mtty" "$@" modules
}

step "On a checkout"
checkout=$work/checkout
mkdir "$checkout"
cp -r "$TOP/include" "$TOP/mdev.mk" "$checkout"
fails "that is not built it can't be built either" build MDEV="$checkout"
contains "which it says" "$err" "mdev-dkms is not built for the kernel $KVER: make -C $checkout KVER=$KVER"
is "before anything is compiled" "$(find "$work/mtty" -name '*.o')" ""
ok "but it can be cleaned" make -C "/lib/modules/$KVER/build" --no-print-directory M="$work/mtty" MDEV="$checkout" clean
ok "it builds if that was built with BUILD= somewhere else" \
	build MDEV="$checkout" MDEV_SYMVERS="$BUILD/$KVER/Module.symvers"

step "On what is installed"
fails "not where mdev-dkms is not installed" build MDEV="$work/none"
contains "which it says" "$err" "mdev-dkms is not installed for the kernel $KVER"
if ok "it builds" build MDEV="$installed"; then
	is "without a warning" "$(echo "$out$err" | grep -i warning)" ""
fi
shows '^mdev(,|$)' "the module depends on mdev.ko" modinfo -F depends "$work/mtty/mtty.ko"
is "has no version, as nothing gives it one" "$(modinfo "$work/mtty/mtty.ko" | grep '^version:')" ""
shows ' U mdev_stable_register_device$' "and calls the stable API" nm "$work/mtty/mtty.ko"
