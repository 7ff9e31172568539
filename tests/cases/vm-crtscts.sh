# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A MiB through a port of a VM whose reader is slow, with a wire for a plug, and 64 KiB
# with a plug that has flow control: RTS stops the writer, and no byte is lost.
# long: a quarter of an hour of a processor in an emulated VM
# guest: nested=yes timeout=3600
# shellcheck source=tests/lib/plugs.sh
. /lib/tests/plugs.sh

load mtty
plugs_make
plugs_run crtscts.sh
plugs_are_right

step "What the cards counted"
gives "0 0" "flow: no byte was lost" statistic ${uuid}1 lost
gives "65536 0" "all arrived" statistic ${uuid}1 rx
gives 0 "wire: no byte was lost" statistic ${uuid}2 lost
gives 1048576 "a MiB arrived" statistic ${uuid}2 rx
