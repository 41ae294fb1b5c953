# What the scripts share: where the checkout is, which Debian packages they need,
# a plain build, where a Slurm is, the machine's or one of another Debian.  To be
# sourced by bash.
# shellcheck shell=bash

# shellcheck disable=SC2034	# used by the scripts that source this
BUILD_PACKAGES=(build-essential autoconf automake libtool pkg-config
	libslurm-dev libconfuse-dev libjson-c-dev libsmartcols-dev libyaml-dev check)
# shellcheck disable=SC2034
CLUSTER_PACKAGES=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge)
# What scripts/cluster start --accounting needs besides.  The database server is the machine's,
# whatever Debian slurmdbd is of: they meet at a socket.
# shellcheck disable=SC2034
ACCOUNTING_PACKAGES=(slurmdbd mariadb-server-core)
# shellcheck disable=SC2034
TEST_PACKAGES=(bats codespell coccinelle jq mandoc python3-jsonschema shellcheck slurmrestd strace
	universal-ctags valgrind)

# For scripts/fuzz.
# shellcheck disable=SC2034
FUZZ_PACKAGES=(clang libclang-rt-dev)

# For scripts/accessibility.
# shellcheck disable=SC2034
BROWSER_PACKAGES=(chromium python3 python3-pip)

# For scripts/analyze.
# shellcheck disable=SC2034
ANALYZE_PACKAGES=(clang-tidy cppcheck)

# The versions of Slurm that dsfit is for, and the Debian that each is part of.
declare -A SLURM_SUITES=([22.05]=bookworm [24.11]=trixie [26.05]=sid)
# What such a Debian is to have, where it is not the machine's: that Slurm, and what
# builds for it.  A plugin is linked with the libraries that its Slurm's programs load.
SUITE_PACKAGES=("${CLUSTER_PACKAGES[@]}" slurmdbd slurmrestd gcc libc6-dev make pkg-config
	libslurm-dev libconfuse-dev libjson-c-dev libsmartcols-dev libyaml-dev)

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

# Sets as_root, the words that let a command be root's; false where there are none.
_dsfit_find_root() {
	as_root=()
	((EUID)) || return 0
	as_root=(sudo -n)
	sudo -n true &>/dev/null
}

# need_packages PKG...: installs those of these Debian packages that are missing,
# quietly.  Where it may not, prints the command to type.  Returns 1 on failure.
need_packages() {
	local pkg missing=() as_root said

	for pkg; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$pkg" 2>/dev/null) == installed ]] ||
			missing+=("$pkg")
	done
	((${#missing[@]})) || return 0
	if ! command -v apt-get >/dev/null; then
		echo "these Debian packages are missing: ${missing[*]}" >&2
		return 1
	fi
	if ! _dsfit_find_root; then
		echo "install them as root: apt-get install --no-install-recommends ${missing[*]}" >&2
		return 1
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
# it fails; everything said is in DIR/build.log.  Where locate_slurm has set enter,
# it is done in the Debian that this enters.
build_plain() {
	local build=$1 root
	root=$(dsfit_root)
	mkdir -p "$build" || return
	build=$(cd "$build" && pwd) || return
	# Once configured, make itself does it again when it must, with the options
	# it was done with.
	(
		cd "$root" &&
			_dsfit_autoreconf &&
			cd "$build" &&
			{ [[ -e Makefile ]] || "${enter[@]}" "$root/configure"; } &&
			"${enter[@]}" make -j2
	) </dev/null >"$build/build.log" 2>&1 && return
	tail -n 20 "$build/build.log" >&2
	echo "the build failed; the whole log is $build/build.log" >&2
	return 1
}

# build_with DIR OPTION...: the same, configured with just these options.  A build that was
# configured otherwise starts anew, as its objects were compiled otherwise.
build_with() {
	local dir=$1 log=$1/configure.out root options
	root=$(dsfit_root)
	shift
	mkdir -p "$dir" || return
	if ! (cd "$root" && _dsfit_autoreconf) </dev/null >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		return 1
	fi
	options=$("$dir/config.status" --config 2>/dev/null)
	if [[ $root/configure -nt $dir/config.status || ${options//\'/} != "$*" ]]; then
		[[ ! -e $dir/Makefile ]] || "${enter[@]}" make -C "$dir" clean &>/dev/null
		if ! (cd "$dir" && "${enter[@]}" "$root/configure" "$@") </dev/null >"$log" 2>&1; then
			grep '^configure: error' "$log" >&2 || tail -n 20 "$log" >&2
			return 1
		fi
	fi
	build_plain "$dir"
}

# build_for_slurm VERSION [OPTION]...: for a Slurm of another Debian, which locate_slurm has
# located: in build-slurm-VERSION, and sets build to that.  Without OPTIONs it stays as it was
# configured before.
build_for_slurm() {
	local options=("${@:2}")
	build=$(dsfit_root)/build-slurm-$1
	mkdir -p "$build" || return
	(
		exec 8<"$build"
		flock 8
		# A Debian that was made anew has other headers and libraries.
		if [[ $(cat "$build/system" 2>/dev/null) != "${enter[-1]}" ]]; then
			find "$build" -xdev -mindepth 1 -delete
			echo "${enter[-1]}" >"$build/system"
		fi
		if [[ ${options[*]} || ! -e $build/Makefile ]]; then
			build_with "$build" --enable-tests=no "${options[@]}"
		else
			build_plain "$build"
		fi
	)
}

# In the checkout: what autotools make, where it is older than what they make it of.  They
# are the machine's alone; one at a time.
_dsfit_autoreconf() (
	exec 8<configure.ac
	flock 8
	[[ -x configure && ! configure.ac -nt configure && ! Makefile.am -nt Makefile.in &&
		! configure.ac -nt Makefile.in ]] || autoreconf -i
)

# --- a Slurm of another Debian ---------------------------------------------
#
# Debian's other suites are kept as they are installed, each in a directory of its own.
# To enter one is to have its /usr and /etc instead of the machine's, in a mount name
# space of which no other process knows and which ends with the last process in it, so
# that nothing is left to unmount, however it may end.  All else, /proc, /dev, /tmp, the
# checkout, the users, is the machine's: a path means the same on both sides.

# Prints the directory of the suite SUITE, there or not yet.  Another list of packages makes
# another one, so that the one in use by somebody else's checkout stays as it is.
_dsfit_suite_dir() {
	local cache=${DSFIT_CACHE:-${XDG_CACHE_HOME:-~/.cache}/dsfit} sum
	sum=$(sha256sum <<<"${SUITE_PACKAGES[*]}")
	printf '%s\n' "$(realpath -ms -- "$cache")/$1-${sum:0:8}"
}

# Sets mirror and check, words for debootstrap: from where the machine has its own Debian,
# and what vouches for that.  It goes by what apt itself makes of its configuration.
_dsfit_find_mirror() {
	local said file number entry
	# shellcheck disable=SC2016	# for apt-get to expand
	said=$(apt-get indextargets --format '$(REPO_URI) $(SOURCESENTRY)' 'Created-By: Packages' \
		'Origin: Debian' 'Label: Debian' 'Component: main' 2>/dev/null |
		grep -E '^(https?|ftp|file):' | head -n 1)
	[[ $said ]] || return
	read -r mirror file <<<"$said"
	mirror=${mirror%/}
	number=${file##*:} file=${file%:*}
	# Of a .list it says the line, of a .sources the paragraph, comments not counted.
	if [[ $file == *.sources ]]; then
		entry=$(grep -v '^#' "$file" | awk -v number="$number" 'BEGIN { RS = "" } NR == number')
	else
		entry=$(sed -n "${number}p" "$file")
	fi
	check=()
	if [[ ${entry,,} =~ trusted(=|:\ *)yes ]]; then
		check=(--no-check-gpg)
	elif [[ $entry =~ [Ss]igned-[Bb]y(=|:[[:blank:]]*)(/[^], $'\n']+) ]]; then
		check=(--keyring="${BASH_REMATCH[2]}")
	fi
}

# _dsfit_bootstrap DIR SUITE MIRROR PACKAGE,... OPTION...: makes DIR, or waits for somebody
# else to have made it.  Runs as root, perhaps by sudo in a shell of its own, hence
# self-contained.  debootstrap inherits the lock, so that nobody begins anew beside one that
# has lost its shell; and its mounts are nobody else's, so that none is in what is removed.
_dsfit_bootstrap() {
	local dir=$1 suite=$2 mirror=$3 packages=$4 new=$1.new file
	shift 4
	PATH=$PATH:/usr/sbin:/sbin
	umask 022
	exec 8>>"$dir.lock"
	flock 8
	[[ ! -e $dir ]] || return 0
	rm -rf --one-file-system -- "$new"
	mkdir -- "$new" || return
	# By the way that apt takes.
	eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
	[[ ${http_proxy-} == DIRECT ]] || export http_proxy
	[[ ${https_proxy-} == DIRECT ]] || export https_proxy
	unshare --mount debootstrap --variant=minbase --include="$packages" "$@" \
		"$suite" "$new/root" "$mirror" || return
	rm -rf -- "$new/root/var/cache/apt" "$new/root/var/lib/apt"
	# The users and the hosts are the machine's.
	for file in passwd group hosts; do
		touch "$new/root/etc/$file" &&
			echo "/etc/$file $dir/root/etc/$file none bind" || return
	done >"$new/fstab"
	printf '%s\n' "$dir/root/etc /etc none rbind,ro" "$dir/root/usr /usr none bind,ro" \
		>>"$new/fstab" && mv -- "$new" "$dir"
}

# _dsfit_make_suite DIR SUITE: makes it, where it may; else says what is missing.
_dsfit_make_suite() {
	local dir=$1 suite=$2 mirror='' check=() as_root said packages
	_dsfit_find_root || {
		echo "making a Debian $suite in $dir needs root or sudo" >&2
		return 1
	}
	need_packages debootstrap || return
	_dsfit_find_mirror || "${as_root[@]}" apt-get update &>/dev/null
	[[ $mirror ]] || _dsfit_find_mirror || {
		echo "apt has no mirror of Debian for $suite" >&2
		return 1
	}
	echo "making a Debian $suite in $dir (once; it takes a minute or two)" >&2
	mkdir -p -- "${dir%/*}" || return
	printf -v packages '%s,' "${SUITE_PACKAGES[@]}"
	# shellcheck disable=SC2016	# for the other shell to expand
	if ! said=$("${as_root[@]}" bash -c "$(declare -f _dsfit_bootstrap)"'; _dsfit_bootstrap "$@"' \
		bash "$dir" "$suite" "$mirror" "${packages%,}" "${check[@]}" </dev/null 2>&1); then
		printf '%s\n' "$said" | tail -n 20 >&2
		echo "could not make a Debian $suite in $dir" >&2
		return 1
	fi
}

# _dsfit_enter_suite SUITE: sets enter, the words that enter it.  It is made where it is not
# there yet.
_dsfit_enter_suite() {
	local dir path said
	# shellcheck disable=SC2016	# for the shell that enters
	local mount='mount --all --fstab "$0"' go='exec "$@"'
	dir=$(_dsfit_suite_dir "$1")
	for path in "$dir" "$(dsfit_root)"; do
		[[ $path != *[[:space:]]* && $path/ != /@(usr|etc)/* ]] || {
			echo "$path: not below /usr or /etc, nor with spaces, to enter a Debian $1" >&2
			return 1
		}
	done
	[[ -e $dir ]] || _dsfit_make_suite "$dir" "$1" || return
	# Who is not root may mount as the root of a user name space, and then be himself again.
	enter=(unshare --mount)
	if ((EUID)); then
		enter+=(--map-root-user)
		go="exec unshare --map-user=$EUID --map-group=$(id -g) -- \"\$@\""
	fi
	enter+=(/bin/sh -c "$mount && $go" "$dir/fstab")
	said=$("${enter[@]}" true 2>&1) || {
		echo "cannot enter $dir: $said" >&2
		return 1
	}
}

# _dsfit_own_slurm VERSION: whether the machine's own Slurm is of that version.
_dsfit_own_slurm() {
	[[ $(PATH=$PATH:/usr/sbin:/sbin slurmctld -V 2>/dev/null) == *" $1."* ]]
}

# slurm_versions: prints all that dsfit is for, the machine's own as "system" and first.
slurm_versions() {
	local version versions=()
	for version in "${!SLURM_SUITES[@]}"; do
		_dsfit_own_slurm "$version" || versions+=("$version")
	done
	printf '%s\n' system
	printf '%s\n' "${versions[@]}" | sort
}

# locate_slurm SLURM: answers where a Slurm is, by a name as scripts/cluster --slurm
# takes it: system, a version such as 22.05, or the directory of its bin/ and sbin/.
# A version that is not the machine's own is that of another Debian, which is made where
# it is not there yet.  Where there is none it says so and returns not 0; else it sets
#   enter      an array, the words to put before each of its commands: none, or
#              what enters the Debian that it is in
#   bin, sbin, plugins   its directories, as seen from there
#   version    such as 22.05.8; and release, such as 2205
# shellcheck disable=SC2034
locate_slurm() {
	local path=$PATH:/usr/sbin:/sbin cmd said
	local commands=(slurmctld slurmd sbatch scontrol sinfo squeue scancel)
	enter=()
	case $1 in
	system) ;;
	[0-9][0-9].[0-9][0-9])
		if ! _dsfit_own_slurm "$1"; then
			[[ ${SLURM_SUITES[$1]-} ]] || {
				said=$(printf '%s\n' "${!SLURM_SUITES[@]}" | sort | tr '\n' ' ')
				echo "Slurm $1: must be the installed version or one of $said" >&2
				return 2
			}
			_dsfit_enter_suite "${SLURM_SUITES[$1]}" || return
			path=/usr/bin:/usr/sbin
		fi
		;;
	*)
		path=$(realpath -e -- "$1" 2>/dev/null) || {
			echo "Slurm $1: must be system, a version such as 22.05, or a directory" >&2
			return 2
		}
		path=$path/sbin:$path/bin
		;;
	esac
	# shellcheck disable=SC2016	# for the shell that it starts
	said=$("${enter[@]}" /bin/sh -c 'PATH=$0; for cmd; do command -v "$cmd"; done' \
		"$path" "${commands[@]}")
	for cmd in "${commands[@]}"; do
		[[ $said$'\n' == */"$cmd"$'\n'* ]] || {
			echo "Slurm $1: no $cmd (apt-get install ${CLUSTER_PACKAGES[*]})" >&2
			return 1
		}
	done
	sbin=$(dirname -- "$(grep '/slurmctld$' <<<"$said")")
	bin=$(dirname -- "$(grep '/scontrol$' <<<"$said")")
	said=$("${enter[@]}" "$sbin/slurmctld" -V)
	if [[ ! $said =~ ([0-9]+)\.([0-9]+)[^\ ]* ]]; then
		echo "$sbin/slurmctld prints no version: $said" >&2
		return 1
	fi
	version=${BASH_REMATCH[0]}
	release=$((10#${BASH_REMATCH[1]} * 100 + 10#${BASH_REMATCH[2]}))
	if [[ $1 == [0-9]* && $version != "$1".* ]]; then
		echo "Slurm $1 is not available: Debian ${SLURM_SUITES[$1]} has $version" >&2
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
