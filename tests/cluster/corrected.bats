#!/usr/bin/env bats
# A request that does not fit is corrected, where the site's mode is to correct.

load helpers

@test "13B on one a100 node: more nodes of the named type" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -N1
	submitted
	corrected
	is "$old" "-N 1 --gpus-per-node=a100:4"
	matches "$new" '^-N [0-9]+ --gpus-per-node=a100:4$'
	is "$(held_nodes "$job")" "$(value -N "$new")"
	(($(held_nodes "$job") > 1))
	is "$(held_tres "$job" TresPerNode)" gpu:a100:4
}

@test "nothing changes but what was corrected" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -N1 --comment=mine --time=10
	submitted
	corrected
	local kept
	# For a node count that was typed 22.05's sbatch counts a processor a node from the start;
	# what the job is given is the same.
	kept=$(record "$job" | grep -Ev '^(NumCPUs|TRES)=')
	run_sbatch_hold $new --comment=mine --time=10
	is "$stderr" ''
	is "$(record "$job" | grep -Ev '^(NumCPUs|TRES)=')" "$kept"
}

@test "a corrected request is not corrected again" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -N1
	corrected
	run_sbatch_hold "${too_big[@]}" $new
	matches "$(said)" '^fits: '
	as_asked $new
}

@test "the corrected job runs on its nodes" {
	run_sbatch "${too_big[@]}" --gpus-per-node=a100:4 -N1 "$(gpu_script)"
	submitted
	completes "$job"
	corrected
	is "$(held_nodes "$job")" "$(value -N "$new")"
	is "$(gpus_seen "$job")" $((4 * $(held_nodes "$job")))
	# One task a node, as srun does without a word on tasks.
	is "$(tasks_seen "$job")" "$(held_nodes "$job")"
}

@test "the partition asked for stays" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -p preempt
	submitted
	corrected
	is "$(held "$job" Partition)" preempt
	(($(held_nodes "$job") > 1))
}

@test "named nodes are not added to" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -w a100-0
	refused
	matches "$(said)" 'other nodes may be needed, but you used --nodelist'
}

@test "whole nodes: their GPUs are what is asked for" {
	run_sbatch_hold "${too_big[@]}" --exclusive -N1 -C net400
	matches "$(said)" '^fits: .*  1 node x 8 '
	as_asked --exclusive -N1 -C net400
	run_sbatch_hold --ds-model=1.3B --exclusive -N1 -C net25
	matches "$(said)" '^fits: .*  1 node x 2 '
}

@test "options from the environment are corrected too" {
	slurm_env+=(SBATCH_GPUS_PER_NODE=a100:4)
	run_sbatch_hold "${too_big[@]}"
	submitted
	corrected
	(($(held_nodes "$job") > 1))
	is "$(held_tres "$job" TresPerNode)" gpu:a100:4
}

@test "--test-only makes no job" {
	run_sbatch_hold --test-only "${too_big[@]}" --gpus-per-node=a100:4
	is "$status" 0
	corrected
	is "$(own_jobs -t all)" ''
}

@test "whole nodes stay whole: all GPUs of another type" {
	run_sbatch --ds-model=8x7B --ds-zero=2 --ds-method=lora --exclusive -N1 "$(gpu_script)"
	submitted
	corrected
	matches "$new" '--exclusive --gpus-per-node=h200:8$'
	completes "$job"
	is "$(held_gpus "$job")" 8
}

@test "--exclusive and a zero of GPUs: all of the node's, as with --exclusive alone" {
	local zero
	for zero in --gpus=0 --gpus-per-node=0 --gres=gpu:0 --gres=none; do
		run_sbatch --ds-model=8x7B --ds-zero=2 --ds-method=lora --exclusive -N1 $zero \
			"$(gpu_script)"
		submitted
		corrected
		matches "$new" 'h200:8'
		completes "$job"
		is "$(gpus_seen "$job")" 8
	done
}

@test "nodes that were chosen: no other GPUs than theirs, and no more of them" {
	local way
	for way in '-w ws-0 --gpus-per-node=1' '-w ws-0'; do
		run_sbatch_hold "${too_big[@]}" $way
		refused
		matches "$(said)" 'other nodes may be needed, but you used --nodelist'
	done
	on scontrol create reservation reservationname=course nodes='ws-[0-3]' starttime=now \
		duration=60 users="$(id -un)"
	run_sbatch_hold "${too_big[@]}" --reservation=course -N1 --gpus-per-node=2
	on scontrol delete reservation=course
	refused
	matches "$(said)" 'other nodes may be needed, but you used --nodelist'
	run_sbatch_hold "${too_big[@]}" --ds-offload=cpu -w a100-0 -N1 --gpus-per-node=a100:4 --mem=8G
	submitted
	corrected
	is "$(held_memory "$job" --mem)" "$(value --mem "$new")"
	run_sbatch_hold "${too_big[@]}" -x a100-0 -N1 --gpus-per-node=a100:4
	submitted
	is "$(held_nodes "$job")" 3
}

@test "nodes that were chosen or left out are in the request to type" {
	local beside="-N 1 --gpus-per-node=rtx4090:2"
	run_sbatch_hold "${too_big[@]}" -p strict -w ws-0 --gpus-per-node=rtx4090:2
	refused
	matches "$(said)" "does not fit: -p strict -w ws-0 $beside"$'\n'
	# On the same nodes, and on others.
	matches "$(said)" "or change the training: -p strict -w ws-0 $beside --ds-offload"
	matches "$(said)" 'instead: -p strict -N 1 --gpus-per-node=h200:2 '
	run_sbatch_hold "${too_big[@]}" -p strict -x 'ws-[1-2]' --gpus-per-node=rtx4090:2
	refused
	matches "$(said)" 'does not fit: -p strict -x "ws-\[1-2\]" --gpus'
	matches "$(said)" 'instead: -p strict -x "ws-\[1-2\]" --gpus-per-node=h200:2 '
	run_sbatch_hold "${too_big[@]}" --ds-offload=cpu -w a100-0 --gpus-per-node=a100:4 --mem=8G
	submitted
	corrected
	matches "$new" '^-w a100-0 -N 1 --gpus-per-node=a100:4 --mem='
	on scontrol create reservation reservationname=course nodes='ws-[0-3]' starttime=now \
		duration=60 users="$(id -un)"
	run_sbatch_hold "${too_big[@]}" --reservation=course -N1 --gpus-per-node=2
	on scontrol delete reservation=course
	((status != 0))
	matches "$(said)" "does not fit: --reservation=course -N 1 --gpus-per-node=2"$'\n'
}
