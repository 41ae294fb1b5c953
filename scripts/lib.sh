# What the scripts share: where the checkout is, which Debian packages they need,
# a plain build, where a Slurm is.  To be sourced by bash.
# shellcheck shell=bash

# shellcheck disable=SC2034	# used by the scripts that source this
BUILD_PACKAGES=(build-essential autoconf automake libtool pkg-config
	libslurm-dev libconfuse-dev libjson-c-dev libsmartcols-dev check)
# shellcheck disable=SC2034
CLUSTER_PACKAGES=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge)
# shellcheck disable=SC2034
TEST_PACKAGES=(bats jq shellcheck)

# Found now: the path may be relative, and the caller may go elsewhere.
_dsfit_lib=$(readlink -f -- "${BASH_SOURCE[0]}")

# Prints the top of the checkout that this file belongs to.
dsfit_root() {
	printf '%s\n' "${_dsfit_lib%/scripts/lib.sh}"
}

# Runs as root, perhaps by sudo in a shell of its own, hence self-contained.
_dsfit_install() {
	local policy=/usr/sbin/policy-rc.d updated=
	local install=(apt-get -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends)

	# Slurm and munge are wanted for their programs: a daemon for the whole
	# machine, that nobody asked for, must not start with them.  Debian asks this
	# file first; one that is there already is the administrator's word.  Ours
	# lets other services pass, and all of them if it should outlive this shell.
	if [[ ! -e $policy && ! -L $policy ]]; then
		# shellcheck disable=SC2064	# now: the variable is gone by then
		trap "rm -f $policy" EXIT
		trap 'exit 130' INT
		trap 'exit 143' TERM HUP
		cat >"$policy" <<-END
			#!/bin/sh
			# Temporary, by scripts/lib.sh of dsfit; safe to remove.
			grep -q _dsfit_install /proc/$$/cmdline 2>/dev/null || exit 0
			for word; do
			    case \$word in munge* | slurm*) exit 101 ;; esac
			done
			exit 0
		END
		chmod 755 "$policy"
	fi

	# needrestart, where it is installed, would restart what was upgraded.
	export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
	# Package lists are fetched where these packages are not in them, or in an
	# edition that the mirror no longer has.
	if ! "${install[@]}" --simulate "$@" &>/dev/null; then
		apt-get update || return
		updated=yes
	fi
	"${install[@]}" "$@" && return
	[[ ! $updated ]] && apt-get update && "${install[@]}" "$@"
}

# need_packages PKG...: installs those of these Debian packages that are missing,
# quietly.  Where it may not, prints the command to type.  Returns 1 on failure.
need_packages() {
	local pkg missing=() as_root=() said

	for pkg; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$pkg" 2>/dev/null) == installed ]] ||
			missing+=("$pkg")
	done
	((${#missing[@]})) || return 0
	if ! command -v apt-get >/dev/null; then
		echo "needed, by the names Debian gives them: ${missing[*]}" >&2
		return 1
	fi
	if ((EUID != 0)); then
		if ! sudo -n true &>/dev/null; then
			echo "first, as root: apt-get install --no-install-recommends ${missing[*]}" >&2
			return 1
		fi
		as_root=(sudo -n)
	fi

	echo "installing ${missing[*]}" >&2
	# shellcheck disable=SC2016	# for the other shell to expand
	if ! said=$("${as_root[@]}" bash -c "$(declare -f _dsfit_install)"'; _dsfit_install "$@"' \
		bash "${missing[@]}" </dev/null 2>&1); then
		printf '%s\n' "$said" | tail -n 20 >&2
		echo "could not install ${missing[*]}" >&2
		return 1
	fi
}

# build_plain DIR: configures out of tree in DIR, builds there, says nothing unless
# it fails; everything said is in DIR/build.log.
build_plain() {
	local build=$1 root
	root=$(dsfit_root)
	mkdir -p "$build" || return
	build=$(cd "$build" && pwd) || return
	# Once configured, make itself does it again when it must, with the options
	# it was done with.
	(
		cd "$root" &&
			{ [[ -x configure && ! configure.ac -nt configure ]] || autoreconf -i; } &&
			cd "$build" &&
			{ [[ -e Makefile ]] || "$root/configure"; } &&
			make -j2
	) </dev/null >"$build/build.log" 2>&1 && return
	tail -n 20 "$build/build.log" >&2
	echo "the build failed; all of it is in $build/build.log" >&2
	return 1
}

# locate_slurm SLURM: answers where a Slurm is, by a name as scripts/cluster --slurm
# takes it: system, a version such as 22.05, or the directory of its bin/ and sbin/.
# Where there is none it says so and returns not 0; else it sets
#   enter      an array, the words to put before each of its commands: none, or
#              what enters the chroot that it is in
#   bin, sbin, plugins   its directories, as seen from there
#   version    such as 22.05.8; and release, such as 2205
# shellcheck disable=SC2034
locate_slurm() {
	local path=$PATH:/usr/sbin:/sbin cmd said
	enter=()
	case $1 in
	system | [0-9][0-9].[0-9][0-9]) ;;
	*)
		path=$(realpath -e -- "$1" 2>/dev/null) || {
			echo "Slurm $1: neither system, a version such as 22.05, nor a directory" >&2
			return 2
		}
		path=$path/sbin:$path/bin
		;;
	esac
	for cmd in slurmctld slurmd sbatch scontrol sinfo squeue scancel; do
		PATH=$path type -P "$cmd" >/dev/null || {
			echo "Slurm $1: no $cmd (apt-get install ${CLUSTER_PACKAGES[*]})" >&2
			return 1
		}
	done
	sbin=$(dirname -- "$(PATH=$path type -P slurmctld)")
	bin=$(dirname -- "$(PATH=$path type -P scontrol)")
	said=$("${enter[@]}" "$sbin/slurmctld" -V)
	if [[ ! $said =~ ([0-9]+)\.([0-9]+)[^\ ]* ]]; then
		echo "$sbin/slurmctld does not say its version: $said" >&2
		return 1
	fi
	version=${BASH_REMATCH[0]}
	release=$((10#${BASH_REMATCH[1]} * 100 + 10#${BASH_REMATCH[2]}))
	if [[ $1 == [0-9]* && $version != "$1".* ]]; then
		echo "Slurm $1 is not available here, the one installed is $version" >&2
		return 1
	fi
	# Its own library lies among its plugins, however it was packaged.
	plugins=$("${enter[@]}" ldd "$sbin/slurmctld" |
		sed -n 's|.*=> \(/.*\)/libslurmfull\.so .*|\1|p')
	if [[ ! $plugins ]]; then
		echo "cannot tell where the plugins of $sbin/slurmctld are" >&2
		return 1
	fi
}
