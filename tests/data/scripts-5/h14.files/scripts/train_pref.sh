while (( "$#" )); do
  case "$1" in
    --gpus)
      gpus="$2"
      shift 2
      ;;
    --from) from="$2"; shift 2 ;;
    --data) data="$2"; shift 2 ;;
    --steps) steps="$2"; shift 2 ;;
    --lr) lr="$2"; shift 2 ;;
    *)
      echo "Unknown option: $1"
      exit 1
      ;;
  esac
done
gpus=${gpus:-0,1,2,3,4,5,6,7}
size=${size:-1}
steps=${steps:-16}
out=${out:-experiments/$(date +"%Y%m%d_%H%M%S")}
CUDA_VISIBLE_DEVICES=${gpus} llamafactory-cli train \
    --model_name_or_path ${from} \
    --stage dpo \
    --do_train \
    --finetuning_type full \
    --deepspeed scripts/ds_z2.json \
    --dataset ${data} \
    --cutoff_len 4096 \
    --per_device_train_batch_size ${size} \
    --gradient_accumulation_steps ${steps} \
    --learning_rate ${lr} \
    --output_dir ${out} \
    --bf16
