# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# One allocation of memory after the other fails, once each, while a module is
# loaded.
# guest: memory=512M timeout=900
# shellcheck source=tests/lib/failing-memory.sh
. /lib/tests/failing-memory.sh

load mtty

step "Unload all"
for module in mtty vfio_mdev mdev; do
	ok "unload $module" rmmod $module
done
# a parent asks for the bridge by itself, which would be in the way
ok "nobody loads a module but we" "echo /bin/false > /proc/sys/kernel/modprobe"

step "Load"
from_modules
# with lockdep this gives a key back that it has not registered yet, and warns
but_not_in bus_register

# each_load_fails MODULE PATH
each_load_fails() {
	each_fails "$1" "loaded_as $1 $2" insmod "$(file_of "$1")"
	ok "it loads" modprobe "$1"
}

# the driver core says EINVAL where it can't make a module's folder "drivers"
answers="ENOMEM|EINVAL|success"
each_load_fails mdev /sys/bus/mdev
each_load_fails vfio_mdev $bridge
each_load_fails mtty /sys/devices/virtual/mtty
everywhere
