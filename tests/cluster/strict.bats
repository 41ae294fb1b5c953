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

@test "what no request fits, another way to train does" {
	local declared asked line
	while IFS='|' read -r declared asked; do
		# shellcheck disable=SC2086	# options
		run_sbatch_hold $declared $asked -p strict
		((status != 0))
		matches "$(said)" '^refused: '
		line=$(said | sed -n 's/^  or change the training: \(.*--ds-.*\) (.*)$/\1/p')
		[[ $line ]]
		eval "set -- $line"
		# shellcheck disable=SC2086
		run_sbatch_hold $declared "$@"
		submitted
		matches "$(said)" '^fits: '
		is "$(held "$job" Partition)" strict
	done <<-'END'
	--ds-model=3B --ds-zero=3 --ds-batch=64|-N1 --gpus-per-node=a100:4
	--ds-model=7B --ds-zero=2 --ds-batch=4|-N1 --gpus-per-node=rtx4090:2
	--ds-model=70B --ds-zero=0|-N1 --gpus-per-node=h100:8
	--ds-model=180B --ds-method=qlora|-N1 --gpus-per-node=h100:8
	--ds-model=560B|
	END
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
