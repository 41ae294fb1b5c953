#!/bin/bash
#SBATCH --nodes=1
#SBATCH --gres=gpu:4
set -e
MODEL_SIZE=${1:-"4B"}
SLOT=${2:-0}
SCRIPT_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
run_pretrain() {
    local args=("$@")
    bash "${SCRIPT_DIR}/pretrain.sh" "${MODEL_SIZE}" "${args[@]}"
}
if [[ "${SLOT}" == "0" ]]; then
    run_pretrain
    [[ -f "${SAE}/ae.pt" ]] && run_pretrain --sae-enconly imagenet
else
    run_pretrain --sae-encdec cc3m
fi
