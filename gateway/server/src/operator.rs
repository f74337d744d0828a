//! `/metrics`, `/healthz`, `/readyz`: for operators, on a port of their own.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};

use crate::gateway::Gateway;

/// Answers a request on the operator port.
pub(crate) fn answer(gateway: &Gateway, parts: &Parts) -> Response<Bytes> {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return text(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
    }
    match parts.uri.path() {
        "/metrics" => metrics(gateway),
        "/healthz" => text(StatusCode::OK, "ok\n"),
        "/readyz" => readiness(gateway),
        _ => text(StatusCode::NOT_FOUND, "try /metrics, /healthz or /readyz\n"),
    }
}

/// Answers a request that the transport refused.
pub(crate) fn refuse() -> Response<Bytes> {
    text(StatusCode::BAD_REQUEST, "refused\n")
}

fn readiness(gateway: &Gateway) -> Response<Bytes> {
    let (status, word) = match gateway.is_ready() {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    };
    text(
        status,
        match gateway.card_trouble() {
            None => format!("{word}\n"),
            Some(trouble) => format!("{word}; the card is {trouble}\n"),
        },
    )
}

fn metrics(gateway: &Gateway) -> Response<Bytes> {
    let mut response = match gateway.metrics.render() {
        Ok(page) => Response::new(Bytes::from(page)),
        Err(_) => return text(StatusCode::INTERNAL_SERVER_ERROR, "metrics do not render\n"),
    };
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
