#!/usr/bin/env bats
# A cluster with slurmdbd: the limits of partitions, QOS and associations, which Slurm applies after
# dsfit has corrected a job, and what sacct keeps.

load helpers

setup_file() {
	export conf=$BATS_FILE_TMPDIR/conf
	mkdir "$conf"
	cp "$root"/conf/*.conf "$BATS_RUN_TMPDIR"/conf/*.in "$conf"
	export DSFIT_CLUSTER_DIR=$DSFIT_CLUSTER_DIR-accounting
	start_cluster both "$conf" --accounting
	on "$here/accounts"
	on sacctmgr --immediate add user root account=phys,opt
	overriding
	with_limits '' | put_in_force "$conf/dsfit.conf"
}

# overriding: QOS that override limits of associations, of partitions and of each other.
overriding() {
	on sacctmgr --immediate add qos loose set MaxTRESPerJob=gres/gpu=20
	on sacctmgr --immediate add qos group set GrpTRES=gres/gpu=40,node=12
	on sacctmgr --immediate add qos half set LimitFactor=0.5
	on sacctmgr --immediate add qos pq set MaxTRESPerJob=gres/gpu=6
	on sacctmgr --immediate add qos over set MaxTRESPerJob=gres/gpu=9 flags=OverPartQOS
	on sacctmgr --immediate add qos across set flags=PartitionMaxNodes
	on sacctmgr --immediate modify account dsfit,phys,opt set qos+=wide,each,loose,group,half,over,across
}

# with_limits SED-SCRIPT: what dsfit finds, edited, that it corrects.
with_limits() {
	echo 'mode = correct'
	on dsfit discover --conf="$root/conf/dsfit.conf" | sed "s/^#\tnetwork = .*/\tnetwork = 400Gbps/; $1"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=()
	passing=
}

# given JOB: the GPUs and the nodes that it holds.
given() {
	local tres
	tres=$(held "$1" TRES)
	[[ $tres =~ gres/gpu=([0-9]+) ]]
	gpus=${BASH_REMATCH[1]}
	[[ $tres =~ node=([0-9]+) ]]
	nodes=${BASH_REMATCH[1]}
}

begun() {
	[[ $(held "$1" JobState) == @(RUNNING|COMPLETING|COMPLETED) ]]
}

@test "dsfit discover writes the limits, and they are sound" {
	local text
	run_on dsfit discover --conf="$root/conf/dsfit.conf"
	is "$status" 0
	text=$output
	matches "$text" 'partition "strict" \{
	max-nodes = 2
	qos = part
\}'
	matches "$text" 'qos "small" \{
	max-gpus = 4
\}'
	matches "$text" 'qos "wide" \{
	grp-gpus-of = \{"a100=8"\}
	max-gpus-per-user = 16
	max-nodes-per-user = 4
\}'
	matches "$text" 'qos "over" \{
	over-part-qos = true
	max-gpus = 9
\}'
	matches "$text" 'qos "across" \{
	partition-max-nodes = true
\}'
	matches "$text" 'qos "half" \{
	limit-factor = 0.5
\}'
	matches "$text" 'association "opt" \{
	users = \{bin, daemon\}
	max-gpus = 12
	grp-gpus = 32
	grp-nodes = 10
\}'
	matches "$text" 'association "phys:mail" \{
	qos = wide
'
	run_on dsfit check --conf="$conf/dsfit.conf"
	is "$status" 0
	is "$stderr" ''
}

@test "check --live holds the limits against slurmctld" {
	on dsfit discover --conf="$root/conf/dsfit.conf" >now.conf
	run_on dsfit check --live --conf="$PWD/now.conf"
	is "$status" 0
	is "$output" 'equal to the live cluster dsfit'
	on sacctmgr --immediate modify qos small set MaxTRESPerJob=gres/gpu=2
	on sacctmgr --immediate modify account phys set GrpTRES=node=-1
	on sacctmgr --immediate modify qos loose set flags=OverPartQOS LimitFactor=1.5
	on scontrol update partitionname=strict QOS=small
	run_on dsfit check --live --conf="$PWD/now.conf"
	on sacctmgr --immediate modify qos small set MaxTRESPerJob=gres/gpu=4
	on sacctmgr --immediate modify account phys set GrpTRES=node=10
	on sacctmgr --immediate modify qos loose set flags-=OverPartQOS LimitFactor=-1
	on scontrol update partitionname=strict QOS=part
	is "$status" 1
	matches "$output" 'qos "small": max-gpus: 4 in dsfit.conf, 2 in the cluster'
	matches "$output" 'association "phys": grp-nodes: 10 in dsfit.conf, no limit in the cluster'
	matches "$output" 'qos "loose": over-part-qos: false in dsfit.conf, true in the cluster'
	matches "$output" 'qos "loose": limit-factor: 0 in dsfit.conf, 1.5 in the cluster'
	matches "$output" 'partition "strict": qos: part in dsfit.conf, small in the cluster'
}

@test "a plan keeps to the limits too" {
	local gpus
	run_on dsfit plan --conf="$conf/dsfit.conf" --model=7B --qos=small --json
	is "$status" 0
	gpus=$(jq 'map(.gpus) | max' <<<"$output")
	((gpus && gpus <= 4))
	run_on dsfit plan --conf="$conf/dsfit.conf" --model=7B --account=opt --json
	gpus=$(jq 'map(.gpus) | max' <<<"$output")
	((gpus > 4 && gpus <= 12))
}

# limited GPUS NODES [OPTION]...: jobs of many sizes, which are corrected within these limits and
# then run, or are refused.
limited() {
	local model request made=0 gpus nodes max_gpus=$1 max_nodes=$2
	shift 2
	for model in 3B 7B 13B 30B; do
		for request in '' '-N1 --gpus-per-node=a100:1' '--gpus=a100:2' '-N1 --gpus-per-node=h100:1' \
			'--gres=gpu:1'; do
			run_sbatch "$@" --ds-model="$model" --ds-zero=3 $request --output=job.out --wrap true
			[[ $job ]] || { lacks "$(said)" '^corrected'; continue; }
			[[ $(said) == *corrected* ]] || { on scancel "$job"; continue; }
			wait_until 20 begun "$job"
			given "$job"
			echo "$gpus GPUs on $nodes nodes"
			((gpus <= max_gpus && nodes <= max_nodes))
			made=$((made + 1))
		done
	done
	((made > 3))
}

@test "no correction goes beyond a QOS" {
	limited 4 99 --qos=small
	limited 16 4 --qos=wide
}

@test "no correction goes beyond an account" {
	limited 12 10 -A opt
}

@test "no correction goes beyond a partition, and its QOS" {
	with_limits '/^partition "strict"/,/^}/s/^}/\tmode = correct\n}/' | put_in_force "$conf/dsfit.conf"
	limited 99 2 -p strict
}

@test "in slurmctld alone too" {
	without_client_plugin
	limited 4 99 --qos=small
	limited 12 10 -A opt
}

@test "a job that nothing fits within its limits is refused, and the limits are said" {
	run_sbatch --qos=small "${too_big[@]}" -N1 --gpus-per-node=a100:4 --wrap true
	is "$job" ''
	matches "$(said)" '^refused: '
	matches "$(said)" 'most GPUs of this job: 4'
	# What is offered can run.
	lacks "$(said)" 'instead: .*-N [2-9]'
}

@test "what a user asks for beyond a limit is for Slurm to refuse" {
	run_sbatch_hold --qos=small "${too_big[@]}" -N3 --gpus-per-node=a100:4
	submitted
	matches "$(said)" '^fits: '
	as_asked --qos=small -N3 --gpus-per-node=a100:4
	on scontrol release "$job"
	wait_until 20 is_limited "$job"
}

is_limited() {
	[[ $(held "$1" Reason) == QOSMaxGRESPerJob ]]
}

@test "sacct keeps what was corrected" {
	run_sbatch "${too_big[@]}" -N1 --gpus-per-node=a100:4 --output=job.out --wrap true
	submitted
	corrected
	completes "$job"
	wait_until 10 in_sacct "$job"
	matches "$(on sacct -n -X -P -o AdminComment -j "$job")" 'dsfit'
	is "$(on sacct -n -X -P -o AdminComment -j "$job")" "$(comment "$job")"
}

in_sacct() {
	[[ $(on sacct -n -X -P -o State -j "$1") == COMPLETED ]]
}

# holds REQUEST REASON [OPTION]...: Slurm lets no such job begin, for that reason.
holds() {
	local request=$1 reason=$2
	shift 2
	run_sbatch "$@" $request --output=job.out --wrap true
	submitted
	wait_until 20 has_reason "$job" "$reason"
	on scancel "$job"
}

has_reason() {
	[[ $(held "$1" Reason) == @($2) ]]
}

# starts REQUEST [OPTION]...: Slurm lets such a job begin.
starts() {
	local request=$1
	shift
	run_sbatch "$@" $request --output=job.out --wrap true
	submitted
	wait_until 20 begun "$job"
}

# most GPUS NODES [OPTION]...: these are the most that a job may have ("-": no limit), both for dsfit
# and for Slurm.
most() {
	local gpus=$1 nodes=$2 words
	shift 2
	run_sbatch "$@" --ds-model=100T --ds-zero=3 -N1 --gpus-per-node=a100:1 --wrap true
	is "$job" ''
	words=$(said)
	echo "$*: $words"
	if [[ $gpus == - ]]; then
		lacks "$words" 'most GPUs of this job'
	else
		matches "$words" "most GPUs of this job: $gpus "
		starts "--gpus=$gpus" "$@"
		holds "--gpus=$((gpus + 1))" '*Max*GRES*|*Grp*GRES*' "$@"
	fi
	if [[ $nodes == - ]]; then
		lacks "$words" 'most nodes of this job'
	else
		matches "$words" "most nodes of this job: $nodes "
		starts "-N $nodes" "$@"
		holds "-N $((nodes + 1))" '*Max*Node*|*Grp*Node*|*NodeLimit*' "$@"
	fi
}

@test "the limit that overrides others is the one that Slurm holds a job to" {
	on scontrol update partitionname=preempt QOS=pq
	with_limits '' | put_in_force "$conf/dsfit.conf"
	most 12 10 -A opt
	most 20 10 -A opt --qos=loose
	most 12 12 -A opt --qos=group
	most 6 5 -A opt --qos=half
	most 16 5 -A phys --qos=half
	most 6 - -p preempt --qos=loose
	most 9 - -p preempt --qos=over
	most 6 12 -p preempt -A opt --qos=group
	most - 2 -p strict
	most - 3 -p strict --qos=across
}

@test "a correction goes as far as the limit that overrides others" {
	run_sbatch -A opt --qos=loose --ds-model=20B --ds-zero=3 -N1 --gpus-per-node=a100:4 --output=job.out --wrap true
	submitted
	wait_until 20 begun "$job"
	given "$job"
	is "$gpus" 16
	run_sbatch -A opt --ds-model=20B --ds-zero=3 -N1 --gpus-per-node=a100:4 --output=job.out --wrap true
	is "$job" ''
}
