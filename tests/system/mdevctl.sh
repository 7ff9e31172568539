# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# mdevctl, with the steps of docs/management.md.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "Load the sample"
ok "it is loaded" modprobe mtty
ok "the bridge has come by itself" ls /sys/bus/mdev/drivers/vfio_mdev
modules_are_ours mtty

step "What there can be"
run mdevctl types
types=$out
contains "mdevctl knows the parent" "$types" '^mtty$'
contains "a card with one port" "$types" '^  mtty-1$'
contains "a card with two ports" "$types" '^  mtty-2$'
contains "how many" "$types" 'Available instances: 24'
contains "what for" "$types" 'Device API: vfio-pci'

step "A device for now"
ok "start one" mdevctl start -u $uuid -p mtty -t mtty-2
shows "^$uuid mtty mtty-2" "mdevctl lists it" mdevctl list
ok "it is there" ls -d /sys/bus/mdev/devices/$uuid/driver/
ok "stop it" mdevctl stop -u $uuid
gives "" "it is gone" ls /sys/bus/mdev/devices

step "A device for ever"
ok "define it" mdevctl define --auto -u $uuid -p mtty -t mtty-2
shows "^$uuid mtty mtty-2 auto" "it is defined" mdevctl list -d
gives "" "that makes none yet" ls /sys/bus/mdev/devices
ok "start it" mdevctl start -u $uuid
ok "it is there" ls -d /sys/bus/mdev/devices/$uuid/driver/
ok "have the sample loaded at every boot" "echo mtty > /etc/modules-load.d/mtty.conf"
