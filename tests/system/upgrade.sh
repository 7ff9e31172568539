# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# apt brings a newer kernel, whose packages the system's maker has fetched.
# dkms builds for it, before anybody boots it.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "A newer kernel"
packages=$(cat /var/lib/kernel-upgrade)
before=$(readlink /vmlinuz)
run uname -r
ok "apt installs it" "apt-get install -y --no-download $packages"
ok "the next boot is of another kernel" "[ $(readlink /vmlinuz) != $before ]"
new=$(readlink /vmlinuz | sed 's/.*vmlinuz-//')
shows "^mdev/.*, $(plain "$new"), .*: installed" "dkms has built for it" dkms status
uname -r >/var/lib/old-kernel
