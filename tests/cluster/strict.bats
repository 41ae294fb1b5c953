#!/usr/bin/env bats
# A partition whose mode is to reject.

load helpers

# The submit host alone: a controller refuses the same request undeclared.
setup_file() {
	other_cluster spank
}

@test "refused: exit status, an empty queue, need, capacity and alternatives" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -N1 -p strict
	refused
	is "$status" 1
	matches "$(said)" '^refused: 13B, .*-p strict -N 1 --gpus-per-node=a100:4'
	matches "$(said)" 'memory per GPU: [0-9.]+ GiB needed, A100 40GB has [0-9.]+ GiB'
	matches "$(said)" 'not corrected: the policy here is mode = reject'
	[[ $(alternatives) ]]
}

@test "each alternative fits when it is submitted" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -N1 -p strict
	lacks "$(alternatives | grep -v -e '-p strict ')" '.'
	alternatives_fit "${too_big[@]}"
}

@test "an alternative that changes the training fits when it is done so" {
	local line
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -N1 -p strict
	line=$(said | sed -n 's/^  or change the training: \(.*--ds-.*\) (.*)$/\1/p')
	[[ $line ]]
	eval "set -- $line"
	run_sbatch_hold "${too_big[@]}" "$@"
	submitted
	matches "$(said)" '^fits: '
}

@test "the alternatives of every form fit when they are submitted" {
	local form
	for form in --gpus=a100:4 --gres=gpu:a100:4 "-n4 --gpus-per-task=a100:1" --gpus=2 \
		"--ntasks-per-gpu=1 --gpus=a100:4" "-N1 --ntasks-per-node=2 --gres=gpu:a100:4" \
		"-N1-2 --gpus-per-node=a100:4" "--exclusive -N1"; do
		run_sbatch_hold "${too_big[@]}" -p strict $form
		((status != 0))
		alternatives_fit "${too_big[@]}"
	done
}

@test "what fits passes" {
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100:4 -N3 -p strict
	matches "$(said)" '^fits: '
	as_asked --gpus-per-node=a100:4 -N3 -p strict
}

@test "without GPUs: refused, with a request that fits" {
	run_sbatch_hold "${too_big[@]}" -p strict
	refused
	local request
	request=$(alternatives | head -n 1)
	[[ $request ]]
	eval "set -- $request"
	run_sbatch_hold "${too_big[@]}" "$@"
	matches "$(said)" '^fits: '
	as_asked "$@"
}
