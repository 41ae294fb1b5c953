# shellcheck shell=bash
# What the tests of the live cluster share. A test submits with run_sbatch, run_salloc or
# run_srun, looks with held and record at what slurmctld made of it, and with said, corrected and
# output at what was said. Every test works in a directory of its own, where the outputs of its
# jobs go too, and which tells its jobs from all others: they are cancelled after it.

bats_require_minimum_version 1.5.0

# dsfit takes no configuration that others can write, as those that the tests make would be.
umask 022

here=$(cd "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=${here%/tests/cluster}

# A job that does not fit as it is asked for in most of the tests: 13B needs the GPUs of two
# a100 nodes.
too_big=(--ds-model=13B --ds-zero=3)

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=()
	passing=
	# controller_X.bats may be X.bats over again, without our plugin on the submit host.
	[[ ${BATS_TEST_FILENAME##*/} != controller_* ]] || without_client_plugin
}

teardown() {
	end_jobs
}

end_jobs() {
	local jobs
	# Not by way of a configuration that the test made for itself.
	slurm_env=()
	jobs=$(own_jobs)
	[[ $jobs ]] || return 0
	# A het job ends with its first component; the others, alone, it refuses to end.
	on scancel $jobs 2>/dev/null || :
	wait_until 10 no_own_jobs
}

no_own_jobs() {
	[[ ! $(own_jobs -t PD,R,S,CF) ]]
}

# --- the cluster -----------------------------------------------------------

# know_cluster: sets what "scripts/cluster run" sets for a command: known_enter, the words before it,
# and its environment. It is asked once for each cluster: that takes longer than most commands of
# Slurm, of which a test has ten.
know_cluster() {
	local file=$BATS_RUN_TMPDIR/${DSFIT_CLUSTER_DIR##*/}.known
	if [[ ! -e $file ]]; then
		{
			# shellcheck disable=SC2016	# for the other shell to expand
			"$root/scripts/cluster" run bash -c 'printf "known_%s=%q\n" path "${PATH%"$0"}" \
				slurm_conf "$SLURM_CONF" dsfit_conf "$DSFIT_CONF"' "$PATH"
			# shellcheck disable=SC1091
			(. "$DSFIT_CLUSTER_DIR/cluster" && printf 'known_enter=(%s)\n' "${enter[*]@Q}")
			printf 'known=%q\n' "$DSFIT_CLUSTER_DIR"
		} >"$file.new"
		mv "$file.new" "$file"
	fi
	# shellcheck disable=SC1090
	. "$file"
}

cluster() {
	if [[ $1 != run || ! -e $DSFIT_CLUSTER_DIR/cluster ]]; then
		"$root/scripts/cluster" "$@"
		return
	fi
	[[ ${known-} == "$DSFIT_CLUSTER_DIR" ]] || know_cluster
	PATH=$known_path$PATH SLURM_CONF=$known_slurm_conf DSFIT_CONF=$known_dsfit_conf \
		"${known_enter[@]}" env "${@:2}"
}

# add_accounts: the users and accounts that tests name, where slurmctld wants to know them.
add_accounts() {
	local account
	for account in ml bench other frontier; do
		# The second time on one cluster there is nothing to add, which is an error.
		cluster run sacctmgr --immediate add account "$account" || :
		cluster run sacctmgr --immediate add user "$(id -un)" account="$account" || :
	done >/dev/null
	cluster run sacctmgr --immediate add user www-data account=dsfit >/dev/null || :
}

# start_cluster PLUGINS DIR [OPTION]...: on $DSFIT_SLURM, with these of dsfit's plugins and DIR's
# configuration, and OPTIONs of scripts/cluster start. With $DSFIT_ACCOUNTING it has accounting.
# $DSFIT_ACTIVATE names a command that makes those active which are installed, on a cluster that has
# none; it has the cluster's directory and PLUGINS as arguments.
start_cluster() {
	local plugins=$1
	[[ ! ${DSFIT_ACTIVATE-} ]] || plugins=none
	cluster start --slurm "${DSFIT_SLURM:-system}" --conf "$2" --plugins "$plugins" \
		${DSFIT_ACCOUNTING:+--accounting} "${@:3}"
	[[ ! ${DSFIT_ACCOUNTING-} ]] || add_accounts
	# Its daemons are not to have bats's descriptors.
	[[ ! ${DSFIT_ACTIVATE-} ]] || "$DSFIT_ACTIVATE" "$DSFIT_CLUSTER_DIR" "$1" 3>&- 4>&-
}

# other_cluster PLUGINS [DIR]: from here on a second cluster, with these of dsfit's plugins alone, and
# DIR's dsfit.conf instead of the demo's. To be called in setup_file; it runs until the suite ends.
other_cluster() {
	local conf=$BATS_RUN_TMPDIR/conf
	export DSFIT_CLUSTER_DIR=$DSFIT_CLUSTER_DIR-$1${2:+-conf}
	[[ ! ${2-} ]] || {
		cp "$conf"/*.in "$2"
		conf=$2
	}
	start_cluster "$1" "$conf"
}

# cluster_to_edit: the second cluster with both plugins, whose dsfit.conf, $conf, the tests write. All
# files that call this share it. To be called in setup_file.
cluster_to_edit() {
	local dir=$BATS_RUN_TMPDIR/policy
	mkdir -p "$dir"
	# If it runs already, slurmctld would read a copied file once more, and tell of it.
	cp -n "$root"/conf/*.conf "$dir"
	export conf=$dir/dsfit.conf
	other_cluster both "$dir"
}

answers() {
	on squeue >/dev/null 2>&1
}

# Nodes are unknown to a slurmctld that has started until they have called.
nodes_are_up() {
	[[ ! $(on sinfo -h -o %t | grep -v '^idle$') ]]
}

# restart_slurmctld SIGNAL: it ends by the signal and starts again, as scripts/cluster has started it.
# The test's commands have the cluster's own configuration afterwards.
restart_slurmctld() {
	local pid
	pid=$(<"$DSFIT_CLUSTER_DIR/run/slurmctld.pid")
	kill "-$1" "$pid"
	wait_until 10 eval "! kill -0 $pid 2>/dev/null"
	setsid "$root/scripts/cluster" run slurmctld -D -f "$DSFIT_CLUSTER_DIR/etc/slurm.conf" \
		</dev/null >>"$DSFIT_CLUSTER_DIR/log/slurmctld.err" 2>&1 3>&- 4>&- &
	disown
	slurm_env=()
	wait_until 20 answers
}

# on CMD [ARG]...: a command on the tests' cluster, as the test has set it up.
on() {
	cluster run "${slurm_env[@]}" "$@"
}

# release: the Slurm's, such as 2205.
release() {
	local version
	version=$(on sbatch --version)
	[[ $version =~ ([0-9]+)\.([0-9]+) ]]
	echo $((10#${BASH_REMATCH[1]} * 100 + 10#${BASH_REMATCH[2]}))
}

# demo_with_another_gres DIR: writes the demo site's configuration there, every node with two
# network cards for a second gres.
demo_with_another_gres() {
	mkdir -p "$1"
	sed 's/^GresTypes=gpu$/&,nic/; s/ Gres=gpu:[^ ]*/&,nic:2/' \
		"$root/conf/demo/slurm.conf.in" >"$1/slurm.conf.in"
	sed -n 'p; s/ Name=gpu .*/ Name=nic Count=2/p' \
		"$root/conf/demo/gres.conf.in" >"$1/gres.conf.in"
}

# with_plugstack LINE: from here on the test's commands have a plugstack.conf of this line.
with_plugstack() {
	local conf
	conf=$(cluster run printenv SLURM_CONF)
	echo "$1" >plugstack.conf
	sed "s|^PlugStackConfig=.*|PlugStackConfig=$PWD/plugstack.conf|" "$conf" >slurm.conf
	grep -q "^PlugStackConfig=$PWD/" slurm.conf
	slurm_env=(SLURM_CONF="$PWD/slurm.conf")
}

without_plugin() {
	with_plugstack ''
}

# plugin_file NAME: where the plugin's file is that the cluster has, or that is installed.
plugin_file() {
	local plugin
	plugin=$(sed -n 's/^required \([^ ]*\).*/\1/p' "$DSFIT_CLUSTER_DIR/etc/plugstack.conf")
	if [[ $plugin == /* ]]; then
		echo "${plugin%/*}/$1"
	else
		cluster run scontrol show config | sed -n "s|^PluginDir *= \(.*\)|\1/$1|p"
	fi
}

# with_conf FILE: from here on the plugin has this dsfit.conf.
with_conf() {
	local plugin
	# The one that the cluster has, or the one that is installed.
	plugin=$(sed -n 's/^required \([^ ]*\).*/\1/p' "$DSFIT_CLUSTER_DIR/etc/plugstack.conf")
	with_plugstack "required ${plugin:-spank_dsfit.so} conf=$1"
}

# demo_conf: the cluster's own copy of the demo's dsfit.conf. The checkout's may be a group's.
demo_conf() {
	cluster run printenv DSFIT_CONF
}

# edited_conf SED-SCRIPT: the demo's dsfit.conf, edited, as ./dsfit.conf; it must make a change.
edited_conf() {
	cp "$root"/conf/*.conf .
	sed "$1" "$root/conf/dsfit.conf" >dsfit.conf
	run ! cmp -s dsfit.conf "$root/conf/dsfit.conf"
}

# --- submitting ------------------------------------------------------------

# without_client_plugin: from here on the controller's plugin is alone. What is declared is passed
# on with the job as it is typed, by a plugin that knows nothing of dsfit.
without_client_plugin() {
	with_plugstack "required $BATS_RUN_TMPDIR/passes.so"
	passing=yes
}

# passes NAME=VALUE...: from here on just this is passed on.
passes() {
	without_client_plugin
	passing=
	slurm_env+=(DSFIT_PASS="$(printf '%s\n' "$@")")
}

# option_name OPTION: what SPANK calls the value of ds-model or another.
option_name() {
	echo "_SLURM_SPANK_OPTION_dsfit_${1//-/_}"
}

# run_passing CMD [ARG]...: runs it with its options of dsfit passed on instead.
run_passing() {
	local word args=() options=
	for word; do
		if [[ $word == --ds-* ]]; then
			word=${word#--}
			options+=$(option_name "${word%%=*}")=${word#*=}$'\n'
		else
			args+=("$word")
		fi
	done
	run --separate-stderr on env DSFIT_PASS="$options" "${args[@]}"
}

# run_on CMD [ARG]...: runs it on the cluster. Sets status, output (stdout alone) and stderr.
run_on() {
	if [[ ${passing-} ]]; then
		run_passing "$@"
	else
		run --separate-stderr on "$@"
	fi
	# bats shows this where the test fails.
	printf '%s\n' "\$ $*" "status $status" ${output:+"stdout: $output"} \
		${stderr:+"stderr: $stderr"}
	[[ $1 != dsfit || " $* " != *' --json '* || $status -gt 1 ]] || valid_json "${@:2}"
}

# valid_json ARG...: $output, which "dsfit ARG..." has written, is as doc/schema says.
valid_json() {
	local status=0
	"$root/tests/schemas" "$@" <<<"$output" || status=$?
	# Without python3-jsonschema.
	((status == 0 || status == 77))
}

# The same, and sets job, the one that was made, where its number was said.
run_sbatch() {
	run_on sbatch "$@"
	job=
	[[ ! $output =~ ^([0-9]+)$ && ! $output =~ batch\ job\ ([0-9]+) ]] ||
		job=${BASH_REMATCH[1]}
}

# Submitted on hold: for what is held, not for running.
run_sbatch_hold() {
	run_sbatch --hold "$@" --output=job.out --wrap true
}

run_salloc() {
	run_on salloc "$@"
	job=
	[[ ! $stderr =~ job\ allocation\ ([0-9]+) ]] || job=${BASH_REMATCH[1]}
}

run_srun() {
	run_on srun "$@"
}

# gpu_script: the name of a script that says on how many GPUs its job and tasks are.
gpu_script() {
	local file=$BATS_TEST_TMPDIR/gpus.sh
	cat >"$file" <<-'END'
		#!/bin/sh
		echo "batch $SLURM_GPUS_ON_NODE tasks ${SLURM_NTASKS:-unset}"
		srun sh -c 'echo "task $SLURMD_NODENAME $SLURM_GPUS_ON_NODE"'
	END
	chmod +x "$file"
	echo "$file"
}

# --- what slurmctld holds --------------------------------------------------

# shown JOB: "scontrol show job -d", a word a line, as 22.05 would show it; JOB may be 12+1, a
# component. 26.05 shows the words of the command too, which are not what is held. Since 24.11
# there are two TRES, as asked and as given, and of memory the one that was asked for.
shown() {
	[[ $1 ]] || return
	on scontrol --details show job "$1" | awk '
		/^ *(SubmitLine|AdminComment)=/ { next }
		{
			for (i = 1; i <= NF; i++)
				if ($i ~ /^ReqTRES=/)
					asked = substr($i, 4)
				else if ($i ~ /^AllocTRES=/)
					print $i ~ /=\(null\)/ ? asked : substr($i, 6)
				else
					print $i ~ /^MinMemoryTRES=/ ? "MinMemoryNode=0" : $i
		}'
}

# held JOB FIELD: a field of it.
held() {
	shown "$1" | sed -n "\|^$2=|{s|||p;q}"
}

# held_tres JOB FIELD: a field of TRES, as every version of Slurm would have it written.
held_tres() {
	held "$1" "$2" | sed -E 's#(^|,)gres[:/]#\1#g; s/=/:/g'
}

# held_nodes JOB: the least number of nodes.
held_nodes() {
	local nodes
	nodes=$(held "$1" NumNodes)
	echo "${nodes%-*}"
}

# held_memory JOB OPTION: what it holds of --mem or its like, as dsfit would write it: 86G.
held_memory() {
	local memory
	case $2 in
	--mem) memory=$(held "$1" MinMemoryNode) ;;
	--mem-per-cpu) memory=$(held "$1" MinMemoryCPU) ;;
	--mem-per-gpu) memory=$(held_tres "$1" MemPerTres) && memory=${memory#gpu:} ;;
	esac
	# A number alone is MiB.
	[[ $memory == *[!0-9]* ]] || memory=$((memory / 1024))G
	echo "$memory"
}

# held_gpus JOB: how many GPUs a job that has run was given in all.
held_gpus() {
	held_tres "$1" JOB_GRES | tr , '\n' | sed -n 's/^gpu:.*://p' |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# record JOB: all that two submissions of the same have in common.
record() {
	shown "$1" | grep -Ev '^(JobId|SLUID|SubmitTime|LastSchedEval|EligibleTime|AccrueTime|Priority)='
}

# comment JOB: what dsfit has left in its AdminComment.
comment() {
	on scontrol show job "$1" | sed -n 's/^ *AdminComment=\(.*[^ ]\) *$/\1/p'
}

# own_jobs [OPTION]...: the jobs of this test, of those that squeue lists with these options.
own_jobs() {
	on squeue --noheader --format '%A %Z' "$@" |
		awk -v dir="$BATS_TEST_TMPDIR" '$2 == dir { print $1 }' | sort -nu
}

# --- waiting ---------------------------------------------------------------

# wait_until SECONDS CMD [ARG]...: until it succeeds.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		if ((SECONDS >= end)); then
			echo "still not so: $*"
			return 1
		fi
		sleep 0.2
	done
}

ended() {
	[[ $(held "$1" JobState) != @(PENDING|RUNNING|CONFIGURING|COMPLETING) ]]
}

# completes JOB: it ends, and well.
completes() {
	wait_until 30 ended "$1"
	is "$(held "$1" JobState)" COMPLETED
}

# gpus_seen JOB: the sum over its nodes of what its tasks saw in SLURM_GPUS_ON_NODE.
gpus_seen() {
	sort -u "slurm-$1.out" | awk '$1 == "task" { sum += $3 } END { print sum + 0 }'
}

# tasks_seen JOB: how many its srun started.
tasks_seen() {
	grep -c '^task ' "slurm-$1.out"
}

# --- slurmctld's log ---------------------------------------------------------

log() {
	cat "$DSFIT_CLUSTER_DIR/log/slurmctld.log"
}

# lines REGEX: how many lines of slurmctld's log match.
lines() {
	log | grep -Ec "$1" || :
}

more_lines() {
	(($(lines "$1") > $2))
}

# put_in_force FILE: stdin becomes the dsfit.conf of slurmctld, which says that it is in force.
put_in_force() {
	local before
	before=$(lines 'dsfit: .* in force: ')
	cat >"$1.new"
	mv "$1.new" "$1"
	wait_until 10 more_lines 'dsfit: .* in force: ' "$before"
}

# demo_in_force SED-SCRIPT: so does the demo's dsfit.conf, edited, on a cluster_to_edit.
demo_in_force() {
	sed "$1" "$root/conf/dsfit.conf" | put_in_force "$conf"
}

# --- what was said ---------------------------------------------------------

# said: what dsfit said on stderr, without Slurm's prefix.
said() {
	sed -En 's/^(sbatch|salloc|srun): (error: )?dsfit: //p' <<<"$stderr"
}

# Sets old and new, the requests that dsfit's line of a correction names.
corrected() {
	local lines
	lines=$(said | grep '^corrected: ')
	is "$(wc -l <<<"$lines")" 1
	[[ $lines =~ ^'corrected: '(.*)' -> '(.*)$ ]]
	old=${BASH_REMATCH[1]} new=${BASH_REMATCH[2]}
}

# value OPTION REQUEST: of "--gpus=a100:8" in a request, "a100:8"; of "-N 2", "2".
value() {
	local word take=
	for word in $2; do
		if [[ $take || $word == "$1="* ]]; then
			echo "${word#"$1="}"
			return
		fi
		[[ $word != "$1" ]] || take=yes
	done
}

# alternatives: the requests of the lines "instead: REQUEST (...)".
alternatives() {
	said | sed -n 's/^  instead: \(.*\) ([^()]*)$/\1/p'
}

# --- expectations ----------------------------------------------------------

# is ACTUAL EXPECTED
is() {
	[[ $1 == "$2" ]] || {
		diff <(echo "$2") <(echo "$1") | sed '1d; s/^</expected:/; s/^>/got:/'
		return 1
	}
}

# matches TEXT REGEX
matches() {
	[[ $1 =~ $2 ]] || {
		printf '%s\n' "expected to match: $2" "              got: $1"
		return 1
	}
}

# lacks TEXT REGEX
lacks() {
	[[ ! $1 =~ $2 ]] || {
		printf '%s\n' "not to match: $2" "         got: $1"
		return 1
	}
}

# The job was made, and stdout is sbatch's line alone.
submitted() {
	is "$status" 0
	is "$output" "Submitted batch job $job"
	# slurmctld has decided on what the submit host decided on.
	[[ ${BATS_TEST_FILENAME##*/} == lua.bats ]] || lacks "$stderr" 'in slurmctld the job requests'
}

# No job was made, and the exit status says so.
refused() {
	((status != 0))
	is "$output" ''
	is "$(own_jobs -t all)" ''
}

# The job was made as it was asked for: the same without a declaration is held alike. The
# arguments are those of run_sbatch_hold but for options of dsfit.
as_asked() {
	local first=$job kept
	submitted
	kept=$(record "$first")
	run_sbatch_hold "$@"
	submitted
	is "$stderr" ''
	is "$kept" "$(record "$job")"
	job=$first
}

# There are alternatives, and each of them fits, in its partition, when it is submitted. The
# arguments are the declaration that was refused.
alternatives_fit() {
	local all request declaration=("$@")
	all=$(alternatives)
	[[ $all ]]
	while read -r request; do
		eval "set -- $request"
		run_sbatch_hold "${declaration[@]}" "$@"
		matches "$(said)" '^fits: '
		as_asked "$@"
		is "$(held "$job" Partition)" "$(value -p "$request -p gpu")"
	done <<<"$all"
}
