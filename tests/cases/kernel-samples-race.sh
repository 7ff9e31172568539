# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The kernel's own sample drivers on our core, with several writers at a time,
# and unloaded against them.
# long: half a minute of two processors
# guest: samples=mdpy cpus=4 timeout=600

devices=/sys/bus/mdev/devices
ids=83b8f4f2-509f-382f-3c1e-e6bfe0fa10
create=/sys/class/mdev_bus/mdpy/mdev_supported_types/mdpy-vga/create

# churn NUMBER TIMES: create and remove a device, whatever comes of it
churn() {
	i=0
	while [ $i -lt "$2" ]; do
		quietly "echo $ids$1 > $create" && echo created
		quietly "echo 1 > $devices/$ids$1/remove"
		i=$((i + 1))
	done
}

# churn_all TIMES: two writers for each of two devices; $jobs are they
churn_all() {
	jobs=
	diag "\$ churn 10 $1 & churn 10 $1 & churn 11 $1 & churn 11 $1 &"
	for number in 10 10 11 11; do
		churn $number "$1" >>/run/case/created &
		jobs="$jobs $!"
	done
}

# shellcheck disable=SC2086 # several words
ends_well() {
	ok "the writers end" wait $jobs
	shows '^[1-9]' "they created some" wc -l /run/case/created
	rm -f /run/case/created
}

step "Several writers"
ok "the modules load" modprobe -a vfio_iommu_type1 mdev
ok "the sample, too" insmod /samples/mdpy.ko
churn_all 30
ends_well
for number in 10 11; do
	run "echo 1 > $devices/$ids$number/remove"
done
gives "" "no device is left" ls $devices
gives 4 "each has been counted back" cat ${create%/*}/available_instances

if dmesg | grep -qE 'kobject: .*\(delayed [0-9]+\)'; then
	late="this kernel releases objects late (CONFIG_DEBUG_KOBJECT_RELEASE), which the sample does not stand"
	echo "$late" >/run/modules-stay
	skip "unload it against them" "$late"
	exit
fi

step "Unload it against them"
for round in 1 2 3 4 5 6; do
	churn_all 60
	usleep ${round}00000
	ok "unload it" rmmod mdpy
	gives "" "no device is left" ls $devices
	ok "load it" insmod /samples/mdpy.ko
	usleep 300000
	ok "unload it again" rmmod mdpy
	ok "load it once more" insmod /samples/mdpy.ko
	ends_well
done

step "Unload all"
ok "the sample" rmmod mdpy
gives "" "no device is left" ls $devices
settle
# A driver of the kernel API asks for no bridge.
[ ! -d /sys/module/vfio_mdev ] || ok "unload vfio_mdev" rmmod vfio_mdev
ok "unload mdev" rmmod mdev
