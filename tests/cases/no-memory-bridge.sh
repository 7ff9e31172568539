# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# One allocation of memory after the other fails, once each, while the bridge is
# loaded and a device waits for it.
# guest: memory=512M timeout=900
# shellcheck source=tests/lib/failing-memory.sh
. /lib/tests/failing-memory.sh

load mtty
# udev and the core would load the bridge, and be in our way
run "kill \$(pidof uevent)"
ok "nobody loads a module but we" "echo /bin/false > /proc/sys/kernel/modprobe"
free=$(cat $mtty/available_instances)

step "Load the bridge, where a device waits for it"
ok "unload it" rmmod vfio_mdev
ok "create a device" "echo $uuid > $mtty/create"
from_modules
but_not_for_groups
# the driver core says EINVAL where it can't make a module's folder "drivers"
answers="ENOMEM|EINVAL|success"
each_fails "vfio_mdev" "loaded_as vfio_mdev $bridge" insmod "$(file_of vfio_mdev)"
everywhere
ok "it loads" modprobe vfio_mdev
gives success "at last it is bound and works" vfio-client open $uuid
ok "and can be removed" "echo 1 > $mdev/remove"
gives "$free" "all instances are there" cat $mtty/available_instances
