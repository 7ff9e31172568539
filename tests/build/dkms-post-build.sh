# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What other drivers are built with is put to the modules where dkms keeps them,
# which differs between its versions; if it can't be, the build of the modules
# goes on.
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

work=$PWD
kver=1.2.3
version=$work/dkms/mdev/0.1.0

# layout FOLDER: dkms's folders at the time of POST_BUILD, the modules in FOLDER
layout() {
	rm -rf dkms
	mkdir -p "$version/build/build/$kver" "$version/build/scripts/build" "$version/$kver/$1/module"
	cp -r "$TOP/include" "$TOP/mdev.mk" "$version/build/"
	cp "$TOP/scripts/build/dkms-post-build.sh" "$version/build/scripts/build/"
	echo "echo \"\$@\" >$work/former" >"$version/build/scripts/build/dkms-former.sh"
	echo symbols >"$version/build/build/$kver/Module.symvers"
}

# as newer versions of dkms call it, from anywhere
post_build() { (cd / && sh "$version/build/scripts/build/dkms-post-build.sh" $kver x86_64); }

has_all() { ok "$1 has what drivers need" ls "$version/$kver/$1"/{mdev.mk,Module.symvers,include/linux/mdev.h}; }

step "Most versions"
layout x86_64
ok "the script works" post_build
has_all x86_64
is "what an upgrade has kept for this kernel gives way" "$(cat former)" "drop $kver"

step "Those up to 3.1.7 that move the folder afterwards"
for name in tmp_x86_64_aBcDeF .tmp_x86_64_aBcDeF; do
	layout $name
	mkdir -p "$version/$kver/tmp_x86_64_former/module"
	touch -d '1 hour ago' "$version/$kver/tmp_x86_64_former"
	ok "the script works" post_build
	has_all $name
	fails "the folder that another build left does not" ls "$version/$kver/tmp_x86_64_former/mdev.mk"
done

step "One that keeps them elsewhere"
layout elsewhere
ok "the script fails nobody" post_build
contains "and says what is missing" "$err" "^mdev-dkms: other drivers can't be built on the modules for $kver: this dkms keeps them elsewhere"

step "Something can't be copied"
layout x86_64
rm "$version/build/build/$kver/Module.symvers"
ok "the script fails nobody" post_build
contains "and says what is missing" "$err" "^mdev-dkms: other drivers can't be built on the modules for $kver: what they need could not be copied"
gives module "no half of it is there" ls "$version/$kver/x86_64"
