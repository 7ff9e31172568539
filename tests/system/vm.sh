# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the VM in the guest does: looks at the card and has text come back from
# both ports. Then it ends, if it is told to, or stays until it is ended, and shows
# an NVIDIA card that is plugged in.
# shellcheck source=tests/guest/vm/walkthrough.sh
. /lib/tests/vm/walkthrough.sh
echo "@done"
if ! grep -q check.end /proc/cmdline; then
	until lspci -nn -d 10de: | grep .; do sleep 2; done
	sleep 100000
fi
