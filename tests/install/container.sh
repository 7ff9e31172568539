# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The modules are built in a container by an ordinary user, with the command that
# docs/ci.md shows. No registry is asked: the image that it begins with is made of
# the bare machine.
# shellcheck source=tests/lib/install.sh
. "$TOP/tests/lib/install.sh"

touch pivot
# shellcheck disable=SC2016 # for the shell there
number=$(there '. /etc/os-release; echo "$VERSION_ID"')
image=docker.io/library/debian:$number

# as_user COMMAND-LINE: as an ordinary user who has logged in types it. What systemd
# and logind would have mounted is there; but nobody delegates cgroups, so what runs
# in the container has chroot's isolation.
as_user() {
	there "mount --make-shared / && mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
		mount -t tmpfs -o mode=1777 shm /dev/shm && mkdir -p /run/user/1000 &&
		mount -t tmpfs -o mode=700,uid=1000 run /run/user/1000 &&
		su -l -c 'export XDG_RUNTIME_DIR=/run/user/1000 BUILDAH_ISOLATION=chroot STORAGE_DRIVER=overlay
			cd mdev-dkms && $1' tester"
}

step "An ordinary user with podman"
ok "it is installed" there 'apt-get -q update && apt-get -q install --no-install-recommends podman uidmap crun'
ok "there is a user" there "useradd --uid 1000 --home-dir /srv/home --create-home tester && cp -r $checkout ~tester/ && chown -R tester ~tester"
ok "and an image of Debian $number" tar -C "$SUITE_ROOT" '--exclude=./dev/*' -cf srv/image.tar .
ok "it is podman's" as_user "podman import /srv/image.tar $image"

step "The modules"
kernel=$(there 'apt-cache depends linux-headers-amd64' | sed -n 's/.*Depends: linux-headers-//p')
runs "$kernel"
ok "the page shows the command" "$TOP/scripts/dev/shown.sh container $TOP/docs/ci.md >srv/command"
# the page is about Debian 12
ok "it works" as_user "$(sed "s,podman build,& --build-arg BASE=$image," srv/command)"
for module in mdev vfio_mdev mtty mdev_sim; do
	shows "^$kernel " "there is a $module.ko for $kernel" modinfo -F vermagic "srv/home/mdev-dkms/mdev/$module.ko"
done
ok "there is mdev-sim" test -x srv/home/mdev-dkms/mdev/mdev-sim
ok "and a card" test -s srv/home/mdev-dkms/mdev/cards/nvidia-t4.conf
is "the user owns them" "$(find srv/home/mdev-dkms/mdev ! -user "$(there 'id -u tester')")" ""
