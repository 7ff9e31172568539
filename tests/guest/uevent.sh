# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Run by busybox's uevent for each event of the kernel, in udev's place: keeps
# it in /run/uevents, a line each, loads the module that MODALIAS names, and
# says in /run/uevents.done how far it has come.
echo "$ACTION $DEVPATH${MODALIAS:+ MODALIAS=$MODALIAS}${MDEV_STATE:+ MDEV_STATE=$MDEV_STATE}${DRIVER:+ DRIVER=$DRIVER}" >>/run/uevents

if [ "$ACTION" = add ] && [ -n "$MODALIAS" ]; then
	modprobe -q "$MODALIAS"
fi
echo "$SEQNUM" >/run/uevents.done
