# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Several processes want the same at the same moment, and one gets it. Then
# modules go while others are at work with their devices.
# guest: memory=512M cpus=4 timeout=900

bridge=/sys/bus/mdev/drivers/vfio_mdev
mtty=/sys/devices/virtual/mtty/mtty/mdev_supported_types
parents=/sys/devices/virtual/mdev_test
test0=$parents/mdev_test0/mdev_supported_types
test1=$parents/mdev_test1/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
second=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
mdev=/sys/bus/mdev/devices/$uuid
rounds=40
# a file that has gone: the shell's ">" would make it, which sysfs denies
gone="No such device|nonexistent directory|No such file|Permission denied"

load mtty mdev_test
# it would come thousands of events later, and load a module in our way
run "kill \$(pidof uevent)"

# race LINE…: a process for each, which wait for one another; then $won is how
# many succeeded, and $lost what the others were told
race() {
	rm -f /run/case/gate /run/case/lost.*
	mkfifo /run/case/gate
	racers='' won=0 number=0
	for line; do
		number=$((number + 1))
		(: </run/case/gate && eval "$line") >/dev/null 2>/run/case/lost.$number &
		racers="$racers $!"
	done
	usleep 10000
	exec 7>/run/case/gate
	for racer in $racers; do
		! wait "$racer" || won=$((won + 1))
	done
	exec 7>&-
	lost=$(cat /run/case/lost.* | sed 's/.*: //')
}

# all_rounds WHAT WINNERS EXPECTED BETWEEN LINE…: a race each round. WINNERS
# matches how many there may be, EXPECTED what losers may be told, BETWEEN is
# done after each race and has to succeed
all_rounds() {
	what=$1 winners=$2 expected=$3 between=$4
	shift 4
	diag "$rounds times, at once:"
	for line; do diag "  \$ $line"; done
	wrong='' told=''
	for round in $(seq $rounds); do
		race "$@"
		echo $won | grep -qx "$winners" || wrong="$wrong $round:$won"
		told="$told
$lost"
		quietly "$between" || wrong="$wrong $round:between"
	done
	is "$what: $winners of $# won in each of $rounds rounds" "$wrong" ""
	diag "$(echo "$told" | grep . | sort | uniq -c)"
	is "$what: the others were told why not" "$(echo "$told" | grep . | grep -vE "$expected")" ""
}

step "One UUID"
all_rounds "create" 1 "File exists" "echo 1 > $mdev/remove" \
	"echo $uuid > $mtty/mtty-1/create" "echo $uuid > $mtty/mtty-2/create" \
	"echo $uuid > $test0/mdev_test-a/create" "echo $uuid > $test0/mdev_test-b/create" \
	"echo $uuid > $test1/mdev_test-a/create" "echo $uuid > $test1/mdev_test-a/create"
all_rounds "create, while it is removed" "[1-4]" "File exists|$gone" \
	"echo 1 > $mdev/remove; [ ! -e $mdev ] && grep -x 24 $mtty/mtty-1/available_instances" \
	"echo $uuid > $mtty/mtty-1/create" "echo $uuid > $test0/mdev_test-a/create" \
	"echo 1 > $mdev/remove" "echo $uuid > $mtty/mtty-1/create"

step "The last instance"
run "echo 1 > /sys/module/mdev_test/parameters/max_instances"
all_rounds "create" 1 "Too many users" "for one in $parents/mdev_test0/*-*-*-*-*; do echo 1 > \$one/remove; done" \
	"echo 00000000-0000-0000-0000-000000000001 > $test0/mdev_test-a/create" \
	"echo 00000000-0000-0000-0000-000000000002 > $test0/mdev_test-a/create" \
	"echo 00000000-0000-0000-0000-000000000003 > $test0/mdev_test-b/create" \
	"echo 00000000-0000-0000-0000-000000000004 > $test0/mdev_test-b/create"
run "echo 8 > /sys/module/mdev_test/parameters/max_instances"

step "One device"
ok "create it" "echo $uuid > $test0/mdev_test-a/create"
all_rounds "remove" 1 "$gone" "echo $uuid > $test0/mdev_test-a/create" \
	"echo 1 > $mdev/remove" "echo 1 > $mdev/remove" "echo 1 > $mdev/remove" "echo 1 > $mdev/remove"
# the driver core lets more than one have done it
all_rounds "unbind" "[1-3]" "$gone" "echo $uuid > $bridge/bind" \
	"echo $uuid > $bridge/unbind" "echo $uuid > $bridge/unbind" "echo $uuid > $bridge/unbind"
run "echo $uuid > $bridge/unbind"
all_rounds "bind" 1 "Device or resource busy|$gone" "echo $uuid > $bridge/unbind" \
	"echo $uuid > $bridge/bind" "echo $uuid > $bridge/bind" "echo $uuid > $bridge/bind"
all_rounds "remove it, while others bind and open it" "[01]" "Device or resource busy|$gone" \
	"[ -e $mdev ] || echo $uuid > $test0/mdev_test-a/create" \
	"echo 1 > $mdev/remove" "echo $uuid > $bridge/bind; false" "echo $uuid > $bridge/unbind; false" \
	"vfio-client open $uuid; false"
ok "remove it" "echo 1 > $mdev/remove"

# work: devices are made, opened, bound and removed until the time is over
work() {
	diag "\$ $*    # over and over"
	(while [ ! -e /run/case/stop ]; do eval "$*"; done) >/dev/null 2>&1 &
	workers="$workers $!"
}

# goes_or_stays MODULE: it is unloaded, or in use at this moment, or just coming
# because somebody creates a device; nothing else. A user who comes first is the
# only reason for "in use".
goes_or_stays() {
	if rmmod "$1" 2>/run/case/err; then
		went=$((went + 1))
	else
		grep -qE "Resource temporarily unavailable|Device or resource busy" /run/case/err
	fi
}

# (the core does not go while others use it, and says so)
for module in mtty mdev_test vfio_mdev mdev; do
	step "$module goes while others are at work"
	rm -f /run/case/stop
	workers='' went=0 wrong=0
	work "echo $uuid > $mtty/mtty-1/create; echo 1 > $mdev/remove"
	work "echo $second > $test0/mdev_test-a/create; vfio-client open $second"
	work "echo $uuid > $bridge/unbind; echo $second > $bridge/bind; echo $uuid > $bridge/bind"
	work "VFIO_ACCESS=cdev vfio-client open $uuid; vfio-client open $uuid; echo 1 > /sys/bus/mdev/devices/$second/remove"
	diag "\$ rmmod $module; modprobe -a mtty mdev_test vfio_mdev    # 8 times"
	for _ in 1 2 3 4 5 6 7 8; do
		usleep 200000
		goes_or_stays $module || { wrong=$((wrong + 1)); diag "$(cat /run/case/err)"; }
		run modprobe -a mtty mdev_test vfio_mdev || wrong=$((wrong + 1))
	done
	run "touch /run/case/stop"
	is "it went, or was in use" $wrong 0
	diag "it went $went times of 8"
	# shellcheck disable=SC2086 # several
	run wait $workers
	pass "the others came to an end"
	case $module in
	mdev) is "the core never went" $went 0 ;;
	vfio_mdev) ok "it did go" test $went -gt 0 ;;
	esac
	for one in /sys/bus/mdev/devices/*-*; do
		[ ! -d "$one" ] || ok "what is left can be removed" "echo 1 > $one/remove"
	done
	gives "" "nothing is left" ls /sys/bus/mdev/devices
	gives 24 "no instance of the sample is lost" cat $mtty/mtty-1/available_instances
	gives 8 "nor of the other" cat $test0/mdev_test-a/available_instances
done

step "Afterwards"
ok "a device works" "echo $uuid > $mtty/mtty-2/create && vfio-client open $uuid"
for module in mdev_test mtty vfio_mdev mdev; do
	ok "unload" rmmod $module
done
