# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Regions with capabilities, and memory that can be mapped: the test driver,
# asked in each of the ways that the API knows.
# guest: memory=256M

parameters=/sys/module/mdev_test/parameters
parent=/sys/devices/virtual/mdev_test/mdev_test0
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

load mdev_test

# way CLASS OP
way() {
	run "echo $1 > $parameters/set_class; echo $2 > $parameters/region_info_op"
	ok "create a device" "echo $uuid > $parent/mdev_supported_types/mdev_test-a/create"
	shows '^1\.\.[0-9]+$' "all checks pass" vfio-client page $uuid
	ok "remove it" "echo 1 > /sys/bus/mdev/devices/$uuid/remove"
}

step "The ops of struct mdev_parent_ops"
way 0 N

step "Ops of its own, given by mdev_set_class()"
way 1 N

step "The same, with get_region_info()"
way 1 Y

step "Opened and closed from several threads at once"
ok "create a device" "echo $uuid > $parent/mdev_supported_types/mdev_test-a/create"
ok "each gets it, or is told that it is busy" vfio-client closerace $uuid 500
gives "$(cat $parent/counters/opens)" "as often as opened it was closed" cat $parent/counters/releases
ok "remove it" "echo 1 > /sys/bus/mdev/devices/$uuid/remove"
