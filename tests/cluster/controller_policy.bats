#!/usr/bin/env bats
# Policies in slurmctld, on a cluster whose dsfit.conf the tests write: whom they let do what, what
# becomes of jobs that declare nothing, and what is in force while the file is broken.

load helpers

misfit=(-N1 --gpus-per-node=a100:4)

setup_file() {
	cluster_to_edit
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	without_client_plugin
}

# policy LINE...: these keys for the site, over what the demo says.
policy() {
	local key script=
	for key; do
		script+="s/^${key%% *} = .*/$key/;"
	done
	demo_in_force "$script"
}

is_corrected() {
	submitted
	corrected
	(($(held_nodes "$job") > 1))
}

is_advised() {
	submitted
	matches "$(said)" '^does not fit: 13B'
	is "$(held_nodes "$job")" 1
}

is_refused() {
	((status != 0))
	matches "$(said)" '^refused: '
}

@test "modes" {
	policy 'mode = off'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	submitted
	is "$stderr$(comment "$job")" ''
	policy 'mode = advise'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_advised
	matches "$(comment "$job")" ': does not fit$'
	policy 'mode = reject'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_refused
	policy 'mode = correct'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_corrected
}

@test "undeclared: accept, warn, reject, from so many GPUs" {
	policy 'undeclared = warn' 'undeclared-from-gpus = 8'
	run_sbatch_hold --gpus-per-node=a100:4
	submitted
	is "$stderr" ''
	run_sbatch_hold -N2 --gpus-per-node=a100:4
	submitted
	matches "$(said)" '^not sized: the job does not declare its model'
	policy 'undeclared = reject' 'undeclared-from-gpus = 8'
	run_sbatch_hold --gpus=7
	submitted
	is "$stderr" ''
	for form in --gpus=8 '-N2 --gres=gpu:4' '-n8 --gpus-per-task=1' --gpus-per-node=h100:8 \
		--gres=gpu:a100:4,gpu:h100:4; do
		run_sbatch_hold $form
		is_refused
		matches "$(said)" 'jobs with 8 or more GPUs must declare their model here'
	done
	# What is not understood may be of any number, where it is of GPUs.
	run_sbatch_hold -O -n 20000000 --gpus-per-node=a100:4
	is_refused
	run_sbatch_hold -O -n 20000000
	lacks "$(said)" 'refused'
	run_sbatch_hold
	submitted
	# What a job may come to have counts, not the least that it asks for.
	local request
	for request in "-N1-4 --gpus-per-node=a100:4" "-n4 -c64 --gpus-per-node=a100:4" \
		"-n4 --ntasks-per-node=1 --gpus-per-node=a100:4" \
		"-N1 --exclusive --gpus-per-node=h100:1" "--exclusive --gpus=0" \
		"--exclusive --gpus-per-node=0" "--exclusive --gres=gpu:0" "--exclusive --gres=none" \
		"-C [net200*1&net400*1] --gpus-per-node=4"; do
		run_sbatch_hold $request
		is_refused
	done
	policy 'undeclared = reject' 'undeclared-from-gpus = 0'
	run_sbatch_hold
	is_refused
	matches "$(said)" $'\n  jobs must declare their model here'
	policy 'undeclared = reject' 'mode = advise'
	run_sbatch_hold --gpus=8
	submitted
	matches "$(said)" '^not sized: '
}

@test "scontrol update: not into a partition that refuses undeclared jobs" {
	local as_other=(runuser -u www-data --)
	((!EUID)) || skip "root alone can be two users"
	# Where other users can read it.
	slurm_env=() passing=
	policy 'undeclared = accept'
	run_on "${as_other[@]}" sbatch --hold --chdir=/ --gpus=1 --wrap true
	is "$status" 0
	job=${output##* }
	run_on "${as_other[@]}" scontrol update jobid="$job" partition=strict
	((status != 0))
	matches "$(held "$job" Partition)" '^gpu$'
	log | grep -q 'refused: jobs in partition strict must declare their model at submission'
	(($(release) < 2302)) || matches "$stderr" 'cancel this job and submit it to that partition with --ds-model'
	# Later releases take two changes only some time apart.
	wait_until 30 on "${as_other[@]}" scontrol update jobid="$job" partition=preempt
	# Root runs the cluster.
	wait_until 30 on scontrol update jobid="$job" partition=strict
	on scancel "$job"
}

@test "a user who may override, and one who may not" {
	policy "may-override = {\"$(id -un)\"}"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	is_advised
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=off
	submitted
	is "$stderr" ''
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_corrected
	policy 'may-override = {"somebody-else"}'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	matches "$(said)" '--ds-fit=advise is not allowed here: the policy says mode = correct'
	is_corrected
}

@test "a group" {
	policy "may-override = {\"@$(id -gn)\"}"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	is_advised
	policy 'may-override = {"@nosuch-group", "'"$(id -gn)"'x"}'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise
	is_corrected
}

@test "an account, as the job names it" {
	policy 'may-override = {"account:ml"}' 'exempt = {"account:bench"}'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise -A ML
	is_advised
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise -A bench
	is_advised
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" -A bench
	is_advised
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=advise -A other
	is_corrected
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" -A ml
	is_corrected
}

@test "exempt: at most advised, accepted undeclared, in strict too" {
	# Before the partitions, which inherit it.
	policy "exempt = {\"$(id -un)\"}"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" -p strict
	is_advised
	run_sbatch_hold "${misfit[@]}" -p strict
	submitted
	is "$stderr" ''
	# They may ask for more.
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" --ds-fit=reject
	is_refused
	policy 'exempt = {"somebody-else"}'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" -p strict
	is_refused
	run_sbatch_hold "${misfit[@]}" -p strict
	is_refused
}

@test "root is a user as any other; whose job it is counts, not who submits it" {
	((EUID == 0)) || [[ $(id -un) == root ]] || {
		# Nobody else can submit for another: they are themselves, which is tested above.
		policy 'exempt = {root}'
		run_sbatch_hold "${misfit[@]}" -p strict
		is_refused
		return
	}
	policy 'exempt = {root}'
	run_sbatch_hold "${misfit[@]}" -p strict
	submitted
	passing=
	run_on "$BATS_RUN_TMPDIR/client" partition=strict tres_per_node=gres:gpu:1 \
		user_id="$(id -u www-data)" group_id="$(id -g www-data)"
	is "$status:$output" 1:2002
	policy 'exempt = {www-data}'
	run_on "$BATS_RUN_TMPDIR/client" partition=strict tres_per_node=gres:gpu:1 \
		user_id="$(id -u www-data)" group_id="$(id -g www-data)"
	is "$status" 0
	run_on "$BATS_RUN_TMPDIR/client" partition=strict tres_per_node=gres:gpu:1
	is "$status:$output" 1:2002
	policy "exempt = {\"@$(id -gn www-data)\"}"
	run_on "$BATS_RUN_TMPDIR/client" partition=strict tres_per_node=gres:gpu:1 \
		user_id="$(id -u www-data)" group_id="$(id -g www-data)"
	is "$status" 0
}

@test "may-change, max-nodes, refuse-tight, unknown-gpu" {
	policy 'may-change = {memory, scratch, network}'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_refused
	matches "$(said)" 'not corrected: the job needs a change of .*the number of nodes'
	demo_in_force 's/^mode = correct/&\nmax-nodes = 1/'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_refused
	policy 'unknown-gpu = reject'
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=v100:4
	is_refused
	policy 'unknown-gpu = accept'
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=v100:4
	lacks "$(said)" .
}

@test "a partition's policy over the site's" {
	demo_in_force '$a partition "more" {\n\tmode = advise\n\tundeclared = warn\n}'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" -p more
	# Slurm does not know it; we have spoken before.
	matches "$(said)" '^does not fit: '
	run_sbatch_hold "${misfit[@]}" -p more
	matches "$(said)" '^not sized: the job does not declare'
}

@test "refused with Slurm's own word for it" {
	local memory=(--ds-model=13B --ds-zero=3 --ds-offload=cpu --gpus-per-node=a100:4 -N1 --mem=8G)
	policy 'mode = reject' 'network = wait'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	matches "$stderr" 'Invalid generic resource \(gres\) specification'
	run_sbatch_hold "${memory[@]}"
	is_refused
	matches "$stderr" 'Memory required by task is not available'
	run_sbatch_hold --ds-model=350M --ds-batch=1 --ds-seq=2048 -N2 --gpus-per-node=rtx4090:2
	is_refused
	matches "$stderr" 'Requested node configuration is not available'
	policy 'undeclared = reject'
	run_sbatch_hold "${misfit[@]}"
	matches "$stderr" 'Access/permission denied'
}

@test "broken while slurmctld runs: the last good one stays; mended: in force without a restart" {
	local before pid
	pid=$(cat "$DSFIT_CLUSTER_DIR/run/slurmctld.pid")
	policy 'mode = reject'
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_refused

	before=$(lines 'the last good configuration stays in force')
	sed 's/^mode = .*/colour = blue/' "$root/conf/dsfit.conf" >"$conf"
	wait_until 10 more_lines 'the last good configuration stays in force' "$before"
	matches "$(log | grep 'dsfit: .*colour' | tail -n 1)" "error: dsfit: $conf:[0-9]+: .*colour"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_refused

	# Gone altogether is no better.
	before=$(lines 'the last good configuration stays in force')
	rm "$conf"
	wait_until 10 more_lines 'the last good configuration stays in force' "$before"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_refused

	before=$(lines 'dsfit: .* in force: .* mode correct')
	cp "$root/conf/dsfit.conf" "$conf"
	wait_until 10 more_lines 'dsfit: .* in force: .* mode correct' "$before"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is_corrected
	is "$(cat "$DSFIT_CLUSTER_DIR/run/slurmctld.pid")" "$pid"
	matches "$(cluster run scontrol ping)" 'is UP'
}

@test "an included file that changes is noticed too" {
	local before gpus=${conf%/*}/gpus.conf
	demo_in_force ''
	before=$(lines 'the last good configuration stays in force')
	sed -i 's/^gpu "a100" {/&\ncolour = blue/' "$gpus"
	wait_until 10 more_lines 'the last good configuration stays in force' "$before"
	matches "$(log | grep 'dsfit: .*colour' | tail -n 1)" "error: dsfit: $gpus:[0-9]+: .*colour"
	before=$(lines 'dsfit: .* in force: ')
	cp "$root/conf/gpus.conf" "$gpus"
	wait_until 10 more_lines 'dsfit: .* in force: ' "$before"
}

@test "many at once, while the configuration changes" {
	local i pids=()
	demo_in_force ''
	for i in {1..4}; do
		(for n in {1..15}; do
			on env DSFIT_PASS="$(option_name ds-model)=13B" sbatch --parsable --hold "${misfit[@]}" \
				--wrap true 2>/dev/null
		done) >"ids.$i" &
		pids+=($!)
	done
	for i in {1..8}; do
		sed "s/^refuse-tight = .*/&\n# $i/" "$root/conf/dsfit.conf" >"$conf"
		sleep 0.5
	done
	wait "${pids[@]}"
	is "$(cat ids.* | wc -l)" 60
	local id
	for id in $(cat ids.*); do
		is "$(held_nodes "$id")" 3
	done
}
