/** Errors of the model endpoint, in the shape that clients of the OpenAI API read. */
import { IronbarkError } from "../../core/errors.ts";
import { RefusedRequest } from "../../model/generation/engine.ts";
import type { Refusal } from "../../model/generation/model.ts";

export interface ApiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 413 | 429 | 500 | 503;

export class ApiError extends Error {
  readonly status: ErrorStatus;
  readonly param: string | null;
  readonly code: string | null;

  constructor(status: ErrorStatus, message: string, code: string | null = null, param: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
  }

  get body(): ApiErrorBody {
    return { error: { message: this.message, type: TYPES[this.status], param: this.param, code: this.code } };
  }
}

const TYPES: Record<ErrorStatus, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  413: "invalid_request_error",
  429: "rate_limit_error",
  500: "server_error",
  503: "server_error",
};

const REFUSALS: Record<Refusal["reason"], readonly [code: string | null, param: string]> = {
  "context-length": ["context_length_exceeded", "messages"],
  "too-many": [null, "n"],
  adapter: ["model_not_found", "model"],
  schema: ["invalid_schema", "response_format"],
  template: [null, "messages"],
  prompt: [null, "prompt"],
};

/** Whatever was thrown as what the client is told; what is not its business stays here. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof RefusedRequest) {
    const [code, param] = REFUSALS[error.reason];
    return new ApiError(error.reason === "adapter" ? 404 : 400, error.message, code, param);
  }
  if (error instanceof IronbarkError && error.boundary === "input") return new ApiError(400, error.message);
  if (error instanceof IronbarkError) return new ApiError(503, error.message, "engine_failed");
  return new ApiError(500, "internal error");
}
