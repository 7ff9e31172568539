# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Random calls from several threads: the kernel lives, is quiet about it, and the
# devices work afterwards.
# guest: memory=256M

mtty=/sys/class/mdev_bus/mtty/mdev_supported_types
test=/sys/class/mdev_bus/mdev_test0/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load mtty mdev_test

# fuzz UUID
fuzz() {
	lines=$(dmesg | wc -l)
	shows "^fuzz: [0-9]{3,} calls, [0-9]{2,} succeeded" "it survives 8 seconds" \
		vfio-client fuzz "$1" 8s "$seed"
	lines=$(($(dmesg | wc -l) - lines))
	ok "the log has grown by a few lines at most" "[ $lines -le 5 ]"
	gives success "it can be opened" vfio-client open "$1"
}
# other calls each time; to have the same once more, write the seed here
seed=$(cut -d " " -f 1 /proc/uptime | tr -d .)

step "A card with two ports"
ok "create it" "echo ${uuid}1 > $mtty/mtty-2/create"
fuzz ${uuid}1
for port in 0 1; do
	shows ': whole in ' "its ports work" vfio-client loop ${uuid}1 $port 4096
	shows '^1\.\.[0-9]+$' "all of the registers do" vfio-client uart ${uuid}1 $port
done
shows '^1\.\.[0-9]+$' "its regions, too" vfio-client regions ${uuid}1 2

step "A page of memory"
for op in N Y; do
	run "echo 1 > /sys/module/mdev_test/parameters/set_class"
	run "echo $op > /sys/module/mdev_test/parameters/region_info_op"
	ok "create it" "echo ${uuid}2 > $test/mdev_test-a/create"
	fuzz ${uuid}2
	shows '^1\.\.[0-9]+$' "it works" vfio-client page ${uuid}2
	ok "remove it" "echo 1 > /sys/bus/mdev/devices/${uuid}2/remove"
done
