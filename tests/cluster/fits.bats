#!/usr/bin/env bats
# A request that fits is left alone.

load helpers

@test "fits as asked: nothing changed, three lines" {
	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4
	as_asked -N3 --gpus-per-node=a100:4

	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4
	is "$(wc -l <<<"$stderr")" 3
	matches "$(said)" '^fits: 13B, ZeRO-3, batch 1 x 2048 tokens
  3 nodes x 4 A100 40GB: .* GiB of .* GiB per GPU
  host memory: .* GiB of .* GiB per node$'
}

@test "fits as asked, whatever else is asked for" {
	local request
	for request in "--gpus=h100:8" "--gres=gpu:h100:8,nic:1 --mem=200G" \
		"-n8 --gpus-per-task=h100:1 --mem-per-gpu=64G -C net400" \
		"--ntasks-per-gpu=1 --gpus=h100:8 -p preempt" \
		"-N1-2 --gpus-per-node=a100_80g:4 --tmp=10G --exclusive -p gpu,preempt"; do
		run_sbatch_hold "${too_big[@]}" $request
		matches "$(said)" '^fits: '
		as_asked $request
	done
}

@test "the job of a request that fits runs, with the GPUs it asked for" {
	run_sbatch "${too_big[@]}" -N3 --gpus-per-node=a100:4 "$(gpu_script)"
	submitted
	completes "$job"
	is "$(held_gpus "$job")" 12
	is "$(gpus_seen "$job")" 12
}

@test "the comment stays the user's" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 --comment=mine
	submitted
	is "$(held "$job" Comment)" mine
}

@test "GPUs that cannot be sized are passed on, and that is said" {
	local request
	for request in "--gpus-per-node=v100:4" "--gpus=a100:4,h100:1" \
		"--gpus-per-socket=a100:4 --sockets-per-node=1"; do
		run_sbatch_hold "${too_big[@]}" $request
		matches "$(said)" 'not sized|^cannot tell: '
		as_asked $request
	done
}
