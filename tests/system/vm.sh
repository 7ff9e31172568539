# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the VM in the guest does: looks at the card and has text come back from
# both ports. Then it ends, if it is told to, or stays until it is ended.
# shellcheck source=tests/lib/vm-walkthrough.sh
. /lib/tests/vm-walkthrough.sh
echo "@done"
grep -q check.end /proc/cmdline || sleep 100000
