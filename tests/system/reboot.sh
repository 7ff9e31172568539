# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# After a reboot the device that was defined is there again.
# shellcheck source=tests/lib/system.sh
. ./system.sh

step "The device is there again"
within 60 "mdevctl has started it" "ls -d /sys/bus/mdev/devices/$uuid/driver/"
modules_are_ours mtty
shows "^$uuid mtty mtty-2" "mdevctl lists it" mdevctl list

step "mdevctl stops it, and starts it"
ok "stop it" mdevctl stop -u $uuid
fails "it is gone" "ls -d /sys/bus/mdev/devices/$uuid"
shows "^$uuid mtty mtty-2 auto" "it is still defined" mdevctl list -d
ok "start it" mdevctl start -u $uuid
ok "it is there" ls -d /sys/bus/mdev/devices/$uuid/driver/
