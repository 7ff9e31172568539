# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The package is installed, and built for the running kernel.
# shellcheck source=tests/system/words.sh
. ./words.sh

step "A plain Debian system"
run "cat /etc/os-release"
run uname -a
fails "it knows no mdev" "ls /sys/class/mdev_bus"

step "Install the package"
cp debs/*.deb /root/
cd /root || exit 1
ok "apt installs it" "apt install -y ./mdev-dkms_*.deb"
shows "^mdev/.*, $(plain "$(uname -r)"), .*: installed" "dkms has built it for this kernel" dkms status
fails "nothing was loaded by that" "grep -E '^(mdev|vfio_mdev|mtty) ' /proc/modules"
