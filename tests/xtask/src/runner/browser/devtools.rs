//! Asks a Chromium by the DevTools protocol for what only that can do.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// The file in which Chromium writes where its DevTools listen, in the folder of its profile.
pub(super) const ADDRESS: &str = "DevToolsActivePort";
/// How long Chromium may take to answer, on a busy machine, too.
const LIMIT: Duration = Duration::from_secs(30);

/// A session with a Chromium's page.
pub(super) struct DevTools {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The page's session, once there is one.
    session: Option<String>,
    /// The number of the last command.
    last: u64,
}

impl DevTools {
    /// Connects to the Chromium with this profile, to its page of this URL.
    pub(super) async fn connect(profile: &Path, url: &str) -> Result<Self> {
        let connect = async {
            let (socket, _) = connect_async(address(profile).await).await?;
            let mut devtools = Self { socket, session: None, last: 0 };
            let page = devtools.page(url).await?;
            let params = json!({ "targetId": page, "flatten": true });
            let attached = devtools.call("Target.attachToTarget", params).await?;
            let session = attached["sessionId"].as_str().context("there is no session")?;
            devtools.session = Some(session.to_owned());
            anyhow::Ok(devtools)
        };
        timeout(LIMIT, connect)
            .await
            .unwrap_or_else(|_| bail!("no answer"))
            .context("Chromium's DevTools cannot be reached")
    }

    pub(super) async fn set_quota(&mut self, url: &str, bytes: u64) -> Result<()> {
        let params = json!({ "origin": url.trim_end_matches('/'), "quotaSize": bytes });
        self.call("Storage.overrideQuotaForOrigin", params).await?;
        Ok(())
    }

    /// Puts another tab in front of the page for that long.
    pub(super) async fn hide(&mut self, time: Duration) -> Result<()> {
        let front = self.call("Target.createTarget", json!({ "url": "about:blank" })).await?;
        let front = json!({ "targetId": front["targetId"] });
        self.call("Target.activateTarget", front.clone()).await?;
        sleep(time).await;
        self.call("Target.closeTarget", front).await?;
        Ok(())
    }

    /// Writes a PNG of the page.
    pub(super) async fn screenshot(&mut self, file: &Path) -> Result<()> {
        let picture = self.call("Page.captureScreenshot", json!({ "format": "png" })).await;
        let picture = picture.context("no screenshot could be taken")?;
        let data = picture["data"].as_str().context("the screenshot has no data")?;
        let png = BASE64_STANDARD.decode(data).context("the screenshot is not base64")?;
        std::fs::write(file, png).with_context(|| file.display().to_string())
    }

    /// The page of this URL, when it is there.
    async fn page(&mut self, url: &str) -> Result<Value> {
        loop {
            let all = self.call("Target.getTargets", json!({})).await?;
            let mut targets = all["targetInfos"].as_array().into_iter().flatten();
            if let Some(page) = targets.find(|of| of["type"] == "page" && of["url"] == url) {
                return Ok(page["targetId"].clone());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a command, and waits for its answer. Events are passed over.
    async fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let answer = async {
            self.socket.send(Message::text(command.to_string())).await?;
            while let Some(message) = self.socket.next().await {
                let Message::Text(text) = message? else { continue };
                let mut answer: Value = serde_json::from_str(&text)?;
                if answer["id"] != self.last {
                    continue;
                }
                if let Some(error) = answer["error"]["message"].as_str() {
                    bail!("{error}");
                }
                return Ok(answer["result"].take());
            }
            bail!("Chromium has closed the connection")
        };
        let answer = timeout(LIMIT, answer).await.unwrap_or_else(|_| bail!("no answer"));
        answer.with_context(|| format!("the command {method} of the DevTools protocol"))
    }
}

/// The URL of Chromium's DevTools, which it writes into its folder.
async fn address(profile: &Path) -> String {
    loop {
        let text = std::fs::read_to_string(profile.join(ADDRESS)).unwrap_or_default();
        if let Some((port, path)) = text.trim_end().split_once('\n') {
            return format!("ws://127.0.0.1:{port}{path}");
        }
        sleep(Duration::from_millis(20)).await;
    }
}
