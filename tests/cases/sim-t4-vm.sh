# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A VM with a device of a simulated NVIDIA T4 sees what the README shows.
# guest: nested=yes timeout=900 modules=configfs
# guest: files="scripts/mdev-sim:/usr/bin/mdev-sim cards:/usr/share/mdev-dkms/cards"
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh
# shellcheck source=tests/lib/t4.sh
. /lib/tests/t4.sh
ok "unload" rmmod mdev_sim
