#!/usr/bin/env bats
# Another plugin of slurmctld, job_submit/lua, changes requests that the submit host has decided on.
# What it does to a job, the job's comment says: --comment='job.min_nodes = 4'.

load helpers

fits=(--ds-model=13B --ds-zero=3 -N3 --gpus-per-node=a100:4)

setup_file() {
	export DSFIT_CLUSTER_DIR=$DSFIT_CLUSTER_DIR-lua
	start_cluster both "$BATS_RUN_TMPDIR/conf"
	cat >"$DSFIT_CLUSTER_DIR/etc/job_submit.lua" <<-'END'
		function slurm_job_submit(job, partitions, uid)
			if job.comment then
				assert((loadstring or load)("local job = ...; " .. job.comment))(job)
			end
			return slurm.SUCCESS
		end

		function slurm_job_modify(job, record, partitions, uid)
			return slurm.SUCCESS
		end
	END
	plugins lua,dsfit
}

# plugins LIST: the JobSubmitPlugins, from here on.
plugins() {
	local conf=$DSFIT_CLUSTER_DIR/etc/slurm.conf
	sed -i "s/^JobSubmitPlugins=.*/JobSubmitPlugins=$1/" "$conf"
	grep -q "^JobSubmitPlugins=$1$" "$conf"
	restart_slurmctld TERM
	wait_until 60 nodes_are_up
}

# gpus TYPE:COUNT: what tres_per_node has in this release.
gpus() {
	(($(release) < 2311)) && echo "gres:gpu:$1" || echo "gres/gpu:$1"
}

# decided WORD...: each decision that the user has read begins so, and there is no other.
decided() {
	is "$(said | sed -nE 's/^(fits|corrected|refused|does not fit|cannot tell|might not fit|not sized): .*/\1/p' |
		tr '\n' ' ')" "${*:+$* }"
}

# here REQUEST: what the job requests in slurmctld, as the user has read; '' if he has read nothing.
here() {
	is "$(said | sed -n 's/^in slurmctld the job requests //p')" "$1"
}

@test "what Lua leaves alone is told once" {
	local request
	for request in '-N3 --gpus-per-node=a100:4' '-N1 --gpus-per-node=a100:4' --gpus=a100:4 \
		'-N1-3 --gpus-per-node=a100:4' '-N3-4 --gres=gpu:a100:4' --gpus=12 -n12\ --gpus-per-task=1 \
		'--ntasks-per-gpu=1 -n16' '-N2 --exclusive' '--exclusive' '--gres=nic:1' '' \
		'-N3 --gpus-per-node=a100:4 --mem=100G' '-N3 --gpus-per-node=a100:4 --mem-per-gpu=20G' \
		'-N3 --gpus-per-node=a100:4 -c8 --mem-per-cpu=6G' '--gpus=a100:12 --mem=1' '-p preempt' \
		'-C net400 --gpus=8' '-N3 --gpus-per-node=a100:4 --tmp=10G' '-w a100x-[0-1] --gpus=8' \
		'-N3 --gpus-per-node=a100:4 --array=1-3' '-N3 --ntasks-per-node=4 --gpus-per-node=a100:4'; do
		run_sbatch_hold --ds-model=13B --ds-zero=3 $request
		submitted
		here ''
		is "$(said | grep -cE '^(fits|corrected|cannot tell): ')" 1
	done
	run_sbatch_hold --ds-model=13B --gres=none
	decided 'not sized'
	run_sbatch_hold "${fits[@]:2}"
	is "$stderr" ''
}

@test "the number of nodes" {
	run_sbatch_hold "${fits[@]}" --comment='job.min_nodes = 4; job.max_nodes = 4'
	submitted
	is "$(held_nodes "$job")" 4
	here '-N 4 --gpus-per-node=a100:4'
	decided fits fits
	is "$(said | sed -n 's/^  \(. nodes.*\): .*/\1/p')" $'3 nodes x 4 A100 40GB\n4 nodes x 4 A100 40GB'
}

@test "memory" {
	run_sbatch_hold "${fits[@]}" --comment='job.min_mem_per_node = 102400'
	submitted
	is "$(held_memory "$job" --mem)" 100G
	here '-N 3 --gpus-per-node=a100:4 --mem=100G'
	decided fits fits
	matches "$(said | tail -n 1)" 'host memory: .* of 100 GiB per node'
}

@test "GPUs, of another type and more of them" {
	run_sbatch_hold "${fits[@]}" --comment="job.tres_per_node = '$(gpus a100_80g:4)'"
	submitted
	is "$(held_tres "$job" TresPerNode)" gpu:a100_80g:4
	here '-N 3 --gpus-per-node=a100_80g:4'
	decided fits fits
	matches "$(said | tail -n 2)" '3 nodes x 4 A100 80GB: .* of 79.1 GiB per GPU'
	run_sbatch_hold --ds-model=13B --ds-zero=3 -N1 --gres=gpu:h100:4 \
		--comment="job.gres = '$(gpus h100:8)'"
	submitted
	is "$(held_tres "$job" TresPerNode)" gpu:h100:8
	here '-N 1 --gres=gpu:h100:8'
	decided fits fits
}

@test "another partition than the one that was typed" {
	run_sbatch_hold "${fits[@]}" -p gpu --comment='job.partition = "preempt"'
	submitted
	is "$(held "$job" Partition)" preempt
	here '-p preempt -N 3 --gpus-per-node=a100:4'
	decided fits fits
	# Of a job that names none, the user has read none.
	run_sbatch_hold "${fits[@]}" --comment='job.partition = "preempt"'
	submitted
	is "$(held "$job" Partition)" preempt
	here ''
	decided fits
}

@test "a request that was corrected" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 \
		--comment='job.min_nodes = 4; job.max_nodes = 4'
	submitted
	is "$(held_nodes "$job")" 4
	here '-N 4 --gpus-per-node=a100:4'
	decided corrected fits
	matches "$(comment "$job")" ': fits; changed on the submit host: nodes$'
}

@test "it does not fit any more: corrected, or refused" {
	run_sbatch_hold "${fits[@]}" --comment='job.min_nodes = 1; job.max_nodes = 1'
	submitted
	is "$(held_nodes "$job")" 3
	here '-N 1 --gpus-per-node=a100:4'
	decided fits corrected
	# The correction of the submit host is undone.
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 \
		--comment='job.min_nodes = 1; job.max_nodes = 1'
	submitted
	is "$(held_nodes "$job")" 3
	decided corrected corrected
	run_sbatch_hold "${fits[@]}" --comment='job.min_nodes = 1; job.max_nodes = 1; job.partition = "strict"'
	((status != 0))
	is "$output" ''
	here '-p strict -N 1 --gpus-per-node=a100:4'
	decided fits refused
}

@test "what dsfit cannot size any more, and what it could not" {
	run_sbatch_hold "${fits[@]}" \
		--comment="job.tres_per_node = '$(gpus a100:2),$(gpus h100:1)'"
	submitted
	decided fits 'not sized'
	run_sbatch_hold --ds-model=13B --ds-zero=3 -N3 --gres=gpu:a100:2,gpu:h100:1 \
		--comment="job.tres_per_node = '$(gpus a100:4)'"
	submitted
	decided 'not sized' fits
	run_sbatch_hold --ds-model=13B --ds-zero=3 -N3 --gres=none \
		--comment="job.tres_per_node = '$(gpus a100:4)'"
	submitted
	decided 'not sized' fits
}

@test "an array, a component of a het job, salloc and srun" {
	local change='job.min_nodes = 4; job.max_nodes = 4'
	run_sbatch_hold "${fits[@]}" --array=1-3 --comment="$change"
	submitted
	is "$(held_nodes "$job")" 4
	here '-N 4 --gpus-per-node=a100:4'
	run_sbatch_hold "${fits[@]}" : --ds-model=7B --ds-zero=3 -N1 --gpus-per-node=h100:2 \
		--comment='if job.min_nodes == 1 then job.min_nodes = 2; job.max_nodes = 2 end'
	is "$status" 0
	is "$(held_nodes "$job+0") $(held_nodes "$job+1")" '3 2'
	decided fits fits
	# Slurm itself says whose word it is.
	is "$(sed -n 's/^sbatch: \(.\): dsfit: in slurmctld.* requests \(-N .\).*/\1 \2/p' <<<"$stderr")" '1 -N 2'
	matches "$stderr" $'\nsbatch: 1: dsfit: fits: 7B'
	run_salloc "${fits[@]}" --comment="$change" true
	is "$status" 0
	here '-N 4 --gpus-per-node=a100:4'
	run_srun "${fits[@]}" --comment="$change" true
	is "$status" 0
	matches "$(said)" 'in slurmctld the job requests -N 4 '
	decided fits fits
}

@test "Lua's own line stands beside" {
	run_sbatch_hold "${fits[@]}" --comment='slurm.log_user("from Lua"); job.min_nodes = 4; job.max_nodes = 4'
	submitted
	matches "$stderr" 'sbatch: from Lua'
	here '-N 4 --gpus-per-node=a100:4'
	decided fits fits
}

@test "in slurmctld alone there is one decision, on what Lua has made of the request" {
	without_client_plugin
	run_sbatch_hold "${fits[@]}" --comment='job.min_nodes = 4; job.max_nodes = 4'
	submitted
	here ''
	decided fits
	matches "$(said)" '4 nodes x 4 A100 40GB'
}

@test "dsfit before Lua does not see what Lua does" {
	plugins dsfit,lua
	log | grep -q 'dsfit: JobSubmitPlugins=dsfit,lua: dsfit must be last'
	run_sbatch_hold "${fits[@]}" --comment='job.min_nodes = 1; job.max_nodes = 1'
	submitted
	is "$(held_nodes "$job")" 1
	here ''
	decided fits
	matches "$(comment "$job")" ': fits$'
	plugins lua,dsfit
	run_sbatch_hold "${fits[@]}" --comment='job.min_nodes = 1; job.max_nodes = 1'
	is "$(held_nodes "$job")" 3
}
