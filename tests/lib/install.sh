# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Words for the cases in tests/install/, beside those of packages.sh: each has a root of
# the Debian release $SUITE with make and git and nothing else, as a newcomer may have
# it, and a clean clone of the checkout's last commit.

# shellcheck source=tests/lib/packages.sh
. "$TOP/tests/lib/packages.sh"

checkout=/srv/mdev-dkms
# shellcheck disable=SC2034 # for the cases
build=srv/mdev-dkms/build	# seen from here
mkdir -p srv "$CACHE/debs/$SUITE/partial" || exit 1
git clone -q "$TOP" srv/mdev-dkms || exit 1
# Packages are fetched once. The checkout does not lie on an overlay, because the
# tests in there mount overlays of their own.
cat >binds <<-END
	$CACHE/debs/$SUITE /var/cache/apt/archives
	$CACHE /cache
	$work/srv /srv
END

# makes TARGET…: make, in the clone, as a newcomer types it
makes() { there "cd $checkout && make $*"; }

# makes_cached TARGET…: with the kernels and roots that this checkout has already; what
# takes hours otherwise
makes_cached() { there "cd $checkout && make $* MDEV_CACHE=/cache"; }
