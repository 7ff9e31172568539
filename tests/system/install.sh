# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The package is installed, and built for the running kernel, while that one's own
# mdev is loaded.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "A plain Debian system"
run "cat /etc/os-release"
run uname -a
fails "it has no mdev at first" "ls /sys/bus/mdev"

step "The kernel's own mdev is loaded"
ok "it is" modprobe mdev
shows "^/lib/modules/$(plain "$(uname -r)")/kernel/" "from the kernel" modinfo -n mdev
own=$(cat /sys/module/mdev/srcversion)
ok "its bus is there" ls -d /sys/bus/mdev

step "Install the package"
cp debs/*.deb /root/
cd /root || exit 1
ok "apt installs it" "apt install -y ./mdev-dkms_*.deb"
told=$out
shows "^mdev/.*, $(plain "$(uname -r)"), .*: installed" "dkms has built it for this kernel" dkms status
contains "it says what takes effect when" "$told" '^mdev-dkms: another mdev module is loaded, and stays loaded until'
gives "$own" "what is loaded is as it was" cat /sys/module/mdev/srcversion
fails "nothing was loaded by that" "grep -E '^(vfio_mdev|mtty) ' /proc/modules"
ok "it is unloaded as ever" rmmod mdev
