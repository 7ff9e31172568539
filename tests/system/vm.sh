# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the VM in the guest does: looks at the card and has text come back from
# both ports. Then it ends, if it is told to, or stays until it is ended: it goes on
# sending, and shows an NVIDIA card that is plugged in.
# shellcheck source=tests/guest/vm/walkthrough.sh
. /lib/tests/vm/walkthrough.sh
echo "@done"
if ! grep -q check.end /proc/cmdline; then
	round=0
	while round=$((round + 1)); do
		talk ttyS1 "round $round"
		lspci -nn -d 10de:
		sleep 2
	done
fi
